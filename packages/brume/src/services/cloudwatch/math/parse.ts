/** Reads metric math expressions. See "Use metric math" in the CloudWatch User Guide. */

export type Expression =
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "text"; readonly value: string }
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "list"; readonly items: readonly Expression[] }
  | { readonly kind: "call"; readonly name: string; readonly args: readonly Expression[] }
  | { readonly kind: "operate"; readonly operator: string; readonly args: readonly Expression[] };

/** What is wrong with an expression. */
export class SyntaxFailure extends Error {}

const TOKEN =
  /\s*(?:(\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+)|([A-Za-z_]\w*)|"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|(&&|\|\||[=!<>]=|[-+*/^<>()[\],]))/y;

/** Binary operators by how strongly they bind. */
const LEVELS: readonly (readonly string[])[] = [
  ["||", "OR"],
  ["&&", "AND"],
  ["==", "!=", "<", "<=", ">", ">="],
  ["+", "-"],
  ["*", "/"],
];
const WORDS: Readonly<Record<string, string>> = { OR: "||", AND: "&&", NOT: "NOT" };

type Token = { readonly type: "number" | "name" | "text" | "sign"; readonly text: string };

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  let at = 0;
  while (text.slice(at).trim() !== "") {
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(text);
    if (!match) throw new SyntaxFailure(`unexpected "${text.slice(at).trim()[0]}"`);
    const [, number, name, double, single, sign] = match;
    if (number !== undefined) tokens.push({ type: "number", text: number });
    else if (name !== undefined) {
      const word = Object.hasOwn(WORDS, name) ? WORDS[name] : undefined;
      tokens.push(word === undefined ? { type: "name", text: name } : { type: "sign", text: word });
    } else if (sign !== undefined) tokens.push({ type: "sign", text: sign });
    else tokens.push({ type: "text", text: double ?? single ?? "" });
    at = TOKEN.lastIndex;
  }
  return tokens;
}

/** Parses an expression. @throws SyntaxFailure */
export function parse(text: string): Expression {
  const tokens = tokensOf(text);
  let at = 0;
  const isNext = (sign: string) => tokens[at]?.type === "sign" && tokens[at]?.text === sign;
  const take = (sign: string) => isNext(sign) && ++at > 0;
  const expect = (sign: string) => {
    if (!take(sign)) throw new SyntaxFailure(`"${sign}" expected`);
  };

  const listUntil = (end: string): Expression[] => {
    const items: Expression[] = [];
    if (take(end)) return items;
    do items.push(binary(0));
    while (take(","));
    expect(end);
    return items;
  };

  const primary = (): Expression => {
    if (take("(")) {
      const inner = binary(0);
      expect(")");
      return inner;
    }
    if (take("[")) return { kind: "list", items: listUntil("]") };
    const token = tokens[at++];
    if (token?.type === "number") return { kind: "number", value: Number(token.text) };
    if (token?.type === "text") return { kind: "text", value: token.text };
    if (token?.type !== "name") throw new SyntaxFailure(token ? `unexpected "${token.text}"` : "unexpected end");
    return take("(") ? { kind: "call", name: token.text, args: listUntil(")") } : { kind: "name", name: token.text };
  };

  const power = (): Expression => {
    const base = primary();
    return take("^") ? { kind: "operate", operator: "^", args: [base, unary()] } : base;
  };

  const unary = (): Expression => {
    for (const operator of ["-", "NOT"]) {
      if (take(operator)) return { kind: "operate", operator, args: [unary()] };
    }
    return power();
  };

  const binary = (level: number): Expression => {
    const operators = LEVELS[level];
    if (!operators) return unary();
    let left = binary(level + 1);
    for (let operator = operators.find(isNext); operator !== undefined; operator = operators.find(isNext)) {
      at++;
      left = { kind: "operate", operator, args: [left, binary(level + 1)] };
    }
    return left;
  };

  const expression = binary(0);
  if (at < tokens.length) throw new SyntaxFailure(`unexpected "${tokens[at]?.text}"`);
  return expression;
}

/** The names that an expression mentions. */
export function namesIn(expression: Expression): string[] {
  if (expression.kind === "name") return [expression.name];
  if (expression.kind === "list") return expression.items.flatMap(namesIn);
  return "args" in expression ? expression.args.flatMap(namesIn) : [];
}

/** The calls of a function in an expression. */
export function callsOf(expression: Expression, name: string): (Expression & { kind: "call" })[] {
  const own = expression.kind === "call" && expression.name.toUpperCase() === name ? [expression] : [];
  if (expression.kind === "list") return expression.items.flatMap((item) => callsOf(item, name));
  return "args" in expression ? [...own, ...expression.args.flatMap((arg) => callsOf(arg, name))] : own;
}
