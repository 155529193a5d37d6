"""Invoices as files for programs: CII (Factur-X, XRechnung) and UBL (Peppol BIS Billing 3.0), after EN 16931."""

from largesse.adapters.einvoices.files import ElectronicInvoices
