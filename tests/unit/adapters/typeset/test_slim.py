from largesse.adapters.typeset.slim import slimmed

GLYPH = "g69F0929B49FC28339D60EFD6BD97D98D"
CLIP = "c9512FCD97D83D1FA73CF0D673E743679"


def test_names_are_short_and_lead_to_the_same_things() -> None:
    drawn = f'<use xlink:href="#{GLYPH}"/><g clip-path="url(#{CLIP})"/><symbol id="{GLYPH}"/><clipPath id="{CLIP}"/>'
    expected = '<use xlink:href="#g0"/><g clip-path="url(#c1)"/><symbol id="g0"/><clipPath id="c1"/>'
    assert slimmed(drawn) == expected


def test_outlines_are_told_in_tenths_and_nothing_else_is() -> None:
    drawn = '<path transform="translate(1.23456)" d="M 0 0m 1.5549 -0.0012l -1.365 12q 0.5 .25 10.0001 2Z "/>'
    assert slimmed(drawn) == '<path transform="translate(1.23456)" d="M0 0m1.6 0l-1.4 12q0.5 .25 10 2Z"/>'


def test_what_is_so_anyway_is_not_said() -> None:
    assert slimmed('<use x="0" y="0" fill="#000" fill-rule="nonzero"/><use x="9.135" y="1"/>') == (
        '<use fill="#000"/><use x="9.135" y="1"/>'
    )
