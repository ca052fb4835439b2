/** Evaluates a Velocity template over variables. */
import { parseTemplate } from "./parse.js";
import type { Expression, Node, Reference, Step } from "./syntax.js";
import { equal, isMap, itemOf, JavaList, JavaMap, methodOf, print, propertyOf, setItem } from "./values.js";

/** What a template sees by name. An object's functions are methods that it may call. */
export type Variables = Readonly<Record<string, unknown>>;

/** Variables of which a missing part is printed as nothing. */
const LENIENT = new Set(["context", "stageVariables", "input"]);
/** More turns than any real template takes: a template cannot keep the cloud busy for ever. */
const MAX_TURNS = 1000;
const MAX_CALLS = 20;

/** Renders a template. @throws TemplateError when it cannot be read */
export function render(source: string, variables: Variables): string {
  return new Evaluation(variables).run(parseTemplate(source));
}

class Break extends Error {}
class Stop extends Error {}

class Evaluation {
  readonly #variables: Map<string, unknown>;
  readonly #macros = new Map<string, Extract<Node, { kind: "macro" }>>();
  #out = "";
  #depth = 0;

  constructor(variables: Variables) {
    this.#variables = new Map(Object.entries(variables));
  }

  run(nodes: readonly Node[]): string {
    try {
      this.#all(nodes);
    } catch (signal) {
      if (!(signal instanceof Stop) && !(signal instanceof Break)) throw signal;
    }
    return this.#out;
  }

  #all(nodes: readonly Node[]): void {
    for (const node of nodes) this.#node(node);
  }

  #node(node: Node): void {
    switch (node.kind) {
      case "text":
        this.#out += node.text;
        return;
      case "reference":
        this.#out += this.#printed(node.reference);
        return;
      case "set":
        return this.#assign(node.target, this.#value(node.value));
      case "if": {
        const branch = node.branches.find(({ condition }) => truthy(this.#value(condition)));
        return this.#all(branch ? branch.body : node.otherwise);
      }
      case "foreach":
        return this.#foreach(node.name, this.#value(node.list), node.body);
      case "macro":
        this.#macros.set(node.name, node);
        return;
      case "call":
        return this.#call(node);
      case "break":
        throw new Break();
      case "stop":
        throw new Stop();
    }
  }

  #printed({ quiet, name, source, ...reference }: Reference): string {
    const value = this.#resolve({ quiet, name, source, ...reference });
    if (value !== undefined && value !== null) return print(value);
    return quiet || LENIENT.has(name) ? "" : source;
  }

  #foreach(name: string, over: unknown, body: readonly Node[]): void {
    const items = Array.isArray(over) ? [...over] : isMap(over) ? (methodOf(over, "values")?.() as unknown[]) : [];
    const before = [name, "foreach", "velocityCount"].map((key) => [key, this.#variables.get(key)] as const);
    const parent = this.#variables.get("foreach");
    for (const [index, item] of items.slice(0, MAX_TURNS).entries()) {
      const hasNext = index < items.length - 1;
      const turn = { index, count: index + 1, hasNext, first: index === 0, last: !hasNext, parent };
      this.#variables
        .set(name, item)
        .set("foreach", turn)
        .set("velocityCount", index + 1);
      try {
        this.#all(body);
      } catch (signal) {
        if (signal instanceof Break) break;
        throw signal;
      }
    }
    for (const [key, value] of before) {
      if (value === undefined) this.#variables.delete(key);
      else this.#variables.set(key, value);
    }
  }

  #call({ name, values, source }: Extract<Node, { kind: "call" }>): void {
    const macro = this.#macros.get(name);
    if (!macro || this.#depth >= MAX_CALLS) {
      this.#out += source;
      return;
    }
    const given = macro.parameters.map((parameter, index) => {
      const expression = values[index];
      return [parameter, expression ? this.#value(expression) : undefined] as const;
    });
    const before = given.map(([parameter]) => [parameter, this.#variables.get(parameter)] as const);
    for (const [parameter, value] of given) this.#variables.set(parameter, value);
    this.#depth++;
    this.#all(macro.body);
    this.#depth--;
    for (const [parameter, value] of before) this.#variables.set(parameter, value);
  }

  #assign({ name, steps }: Reference, value: unknown): void {
    const last = steps.at(-1);
    if (!last) {
      this.#variables.set(name, value);
      return;
    }
    const owner = this.#follow(this.#variables.get(name), steps.slice(0, -1));
    if (last.kind === "property") setItem(owner, last.name, value);
    else if (last.kind === "index") setItem(owner, this.#value(last.value), value);
  }

  #resolve({ name, steps }: Reference): unknown {
    return this.#follow(this.#variables.get(name), steps);
  }

  #follow(start: unknown, steps: readonly Step[]): unknown {
    let value = start;
    for (const step of steps) {
      if (value === undefined || value === null) return undefined;
      if (step.kind === "property") value = propertyOf(value, step.name);
      else if (step.kind === "index") value = itemOf(value, this.#value(step.value));
      else value = this.#invoke(value, step.name, step.values);
    }
    return value;
  }

  #invoke(owner: unknown, name: string, expressions: readonly Expression[]): unknown {
    const values = expressions.map((expression) => this.#value(expression));
    const own = isMap(owner) ? propertyOf(owner, name) : undefined;
    if (typeof own === "function") return (own as (...values: unknown[]) => unknown)(...values);
    return methodOf(owner, name)?.(...values);
  }

  #value(expression: Expression): unknown {
    switch (expression.kind) {
      case "constant":
        return expression.value;
      case "interpolated":
        return this.#text(expression.nodes);
      case "reference":
        return this.#resolve(expression.reference);
      case "list":
        return JavaList.from(expression.items.map((item) => this.#value(item)));
      case "range":
        return range(Number(this.#value(expression.from)), Number(this.#value(expression.to)));
      case "map":
        return new JavaMap(expression.entries.map(([key, value]) => [this.#value(key), this.#value(value)]));
      case "not":
        return !truthy(this.#value(expression.operand));
      case "negative":
        return -Number(this.#value(expression.operand));
      case "binary":
        return this.#binary(expression);
    }
  }

  /** A string's references, evaluated in its place. */
  #text(nodes: readonly Node[]): string {
    const before = this.#out;
    this.#out = "";
    this.#all(nodes);
    const text = this.#out;
    this.#out = before;
    return text;
  }

  #binary({ operator, left, right }: Extract<Expression, { kind: "binary" }>): unknown {
    const a = this.#value(left);
    if (operator === "&&") return truthy(a) && truthy(this.#value(right));
    if (operator === "||") return truthy(a) || truthy(this.#value(right));
    return OPERATORS[operator]?.(a, this.#value(right));
  }
}

const number = (operate: (a: number, b: number) => unknown) => (a: unknown, b: unknown) =>
  typeof a === "number" && typeof b === "number" ? operate(a, b) : undefined;
const whole = (a: number, b: number, quotient: number) =>
  Number.isInteger(a) && Number.isInteger(b) ? Math.trunc(quotient) : quotient;

const OPERATORS: Readonly<Record<string, (a: unknown, b: unknown) => unknown>> = {
  "==": equal,
  "!=": (a, b) => !equal(a, b),
  "<": number((a, b) => a < b),
  ">": number((a, b) => a > b),
  "<=": number((a, b) => a <= b),
  ">=": number((a, b) => a >= b),
  "+": (a, b) => (typeof a === "number" && typeof b === "number" ? a + b : print(a ?? "") + print(b ?? "")),
  "-": number((a, b) => a - b),
  "*": number((a, b) => a * b),
  "/": number((a, b) => (b === 0 ? undefined : whole(a, b, a / b))),
  "%": number((a, b) => (b === 0 ? undefined : a % b)),
};

/** What has no value is false, and so is `false`; an empty string or list is true in Velocity 1. */
const truthy = (value: unknown) => value !== undefined && value !== null && value !== false;

function range(from: number, to: number): JavaList {
  const step = from <= to ? 1 : -1;
  const length = Math.min(Math.abs(to - from) + 1, MAX_TURNS);
  return JavaList.from({ length }, (_, index) => from + index * step) as JavaList;
}
