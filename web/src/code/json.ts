/** JSON's words and signs, for highlighting and indentation. */
import { StreamLanguage } from "@codemirror/language";

export const json = StreamLanguage.define<{ depth: number }>({
  name: "json",
  startState: () => ({ depth: 0 }),
  token(stream, state) {
    if (stream.eatSpace()) return null;
    if (stream.match(/^"(?:\\.|[^"\\])*"?/)) {
      return stream.match(/^\s*:/, false) ? "propertyName.definition" : "string";
    }
    if (stream.match(/^-?\d[\d.eE+-]*/)) return "number";
    if (stream.match(/^(?:true|false|null)\b/)) return "bool";
    const sign = stream.next();
    if (sign === "{" || sign === "[") state.depth += 1;
    if (sign === "}" || sign === "]") state.depth = Math.max(0, state.depth - 1);
    return sign && "{}[]".includes(sign) ? "bracket" : "punctuation";
  },
  indent(state, textAfter, context) {
    return (state.depth - (/^\s*[}\]]/.test(textAfter) ? 1 : 0)) * context.unit;
  },
  languageData: {
    closeBrackets: { brackets: ["{", "[", '"'] },
    indentOnInput: /^\s*[}\]]$/,
  },
});
