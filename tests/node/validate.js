// Reads pages, each a line of JSON, and answers each with a line: what html-validate finds wrong with it.
const readline = require("node:readline");
const { HtmlValidate, StaticConfigLoader } = require("html-validate");

// The rules of the HTML standard, and those of the validator's own that tell of what a reader would miss.
const validator = new HtmlValidate(
  new StaticConfigLoader({
    root: true,
    extends: ["html-validate:standard"],
    rules: { "heading-level": "error", "no-missing-references": "error" },
  }),
);

readline.createInterface({ input: process.stdin }).on("line", async (line) => {
  const { results } = await validator.validateString(JSON.parse(line));
  const found = results.flatMap(({ messages }) => messages);
  const said = found.map((one) => `${one.line}:${one.column} ${one.ruleId}: ${one.message} (${one.selector ?? "-"})`);
  process.stdout.write(JSON.stringify(said) + "\n");
});
