/** Replaces variables in instructions, and takes quotes away, as a Dockerfile's own rules have it. */

const NAME = /^[A-Za-z_][A-Za-z0-9_]*/;

/**
 * What text comes to: `$A`, `${A}`, `${A:-default}` and `${A:+other}` are replaced outside of single quotes, quotes go,
 * and a backslash stands for the character after it.
 */
export function expand(text: string, variables: Readonly<Record<string, string>>): string {
  let result = "";
  let quote = "";
  for (let at = 0; at < text.length; at++) {
    const char = text[at] as string;
    if (quote === "'") {
      if (char === "'") quote = "";
      else result += char;
    } else if (char === "\\") {
      const next = text[++at] ?? "";
      // Between double quotes a backslash stands for itself, except before what means something there.
      result += quote === '"' && !/["\\$]/.test(next) ? `\\${next}` : next;
    } else if (char === '"') quote = quote === '"' ? "" : '"';
    else if (char === "'" && quote === "") quote = "'";
    else if (char === "$") {
      const { value, length } = variableAt(text.slice(at + 1), variables);
      result += value;
      at += length;
    } else result += char;
  }
  return result;
}

/** Replaces variables and leaves all else, as in the body of a here-document. */
export function expandDocument(text: string, variables: Readonly<Record<string, string>>): string {
  return text.replace(/\\\$|\$(?:[A-Za-z_][A-Za-z0-9_]*|\{[^}]*\})/g, (found) =>
    found === "\\$" ? "$" : variableAt(found.slice(1), variables).value,
  );
}

function variableAt(text: string, variables: Readonly<Record<string, string>>): { value: string; length: number } {
  const lookUp = (name: string) => (Object.hasOwn(variables, name) ? variables[name] : undefined);
  if (!text.startsWith("{")) {
    const [name] = NAME.exec(text) ?? [];
    return name === undefined ? { value: "$", length: 0 } : { value: lookUp(name) ?? "", length: name.length };
  }
  const end = text.indexOf("}");
  const inner = text.slice(1, end < 0 ? text.length : end);
  const length = end < 0 ? text.length : end + 1;
  const [name = ""] = NAME.exec(inner) ?? [];
  const value = lookUp(name);
  const [, colon, operator, word = ""] = /^(:?)([-+])([\s\S]*)$/.exec(inner.slice(name.length)) ?? [];
  const isSet = value !== undefined && !(colon && value === "");
  if (operator === "-") return { value: isSet ? value : expand(word, variables), length };
  if (operator === "+") return { value: isSet ? expand(word, variables) : "", length };
  return { value: value ?? "", length };
}
