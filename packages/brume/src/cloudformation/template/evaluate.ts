/** Evaluates the functions and references of a template's values. See "Intrinsic function reference". */
import type { Json } from "../../kernel/resource.js";
import { cidrBlocks } from "./cidr.js";
import { invalidTemplate, shown } from "./errors.js";
import { type Parameter, parameterValue } from "./parameters.js";
import { isPseudoParameter, NO_VALUE, pseudoParameter, type StackScope } from "./pseudo-parameters.js";
import { attributeArgument, SUB_PATTERN } from "./references.js";
import { isObject, type JsonObject, type Template } from "./template.js";

/** A value that will be known only when a resource has been made or changed; what it is waiting for. */
export class Unknown {
  readonly causes: readonly Cause[];
  constructor(causes: readonly Cause[]) {
    this.causes = causes;
  }
}

/** What makes a value unknown: a reference to a resource, or one of its attributes. */
export interface Cause {
  readonly resource: string;
  readonly attribute?: string;
}

export type Value = Json | Unknown | typeof NO_VALUE;

/** What evaluation needs to know of the world. */
export interface Environment {
  readonly template: Template;
  readonly scope: StackScope;
  readonly parameters: readonly Parameter[];
  /** What `Ref` of a resource yields; undefined for one that the stack does not have. */
  ref(resource: string): Json | Unknown | undefined;
  attribute(resource: string, attribute: string): Json | Unknown | undefined;
  /** An exported value. @throws AwsError when there is none */
  importValue(name: string): string;
  availabilityZones(region: string): string[];
  /** The address at which this cloud serves what a URL of AWS means; the URL itself where it serves none. */
  localUrl(url: string): string;
}

/** Evaluates values of one template, in one environment. Conditions are evaluated once each. */
export class Evaluator {
  readonly #environment: Environment;
  readonly #conditions = new Map<string, boolean>();
  readonly #underTest = new Set<string>();
  readonly #parameters: Map<string, Parameter>;

  constructor(environment: Environment) {
    this.#environment = environment;
    this.#parameters = new Map(environment.parameters.map((parameter) => [parameter.key, parameter]));
  }

  /** Whether a condition holds. @throws AwsError when it does not exist or depends on itself */
  condition(name: string): boolean {
    const known = this.#conditions.get(name);
    if (known !== undefined) return known;
    const { conditions } = this.#environment.template;
    if (!Object.hasOwn(conditions, name)) throw invalidTemplate(`Template error: condition ${name} is not defined`);
    // Conditions name each other in functions of their values as well.
    if (this.#underTest.has(name)) {
      const cycle = [...this.#underTest].join(", ");
      throw invalidTemplate(`Template format error: Circular dependency in conditions [${cycle}]`);
    }
    this.#underTest.add(name);
    try {
      const result = this.#test(conditions[name] as Json);
      this.#conditions.set(name, result);
      return result;
    } finally {
      this.#underTest.delete(name);
    }
  }

  /** Whether a resource or output is part of the stack. */
  includes(item: { Condition?: string }): boolean {
    return item.Condition === undefined || this.condition(item.Condition);
  }

  /** The value of an expression; parts that are `AWS::NoValue` are left out. */
  evaluate(expression: Json): Value {
    if (typeof expression !== "object" || expression === null) return expression;
    if (Array.isArray(expression)) return this.#list(expression);
    const keys = Object.keys(expression);
    if (keys.length === 1) {
      const name = keys[0] as string;
      const compute = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : undefined;
      if (compute) return compute(expression[name] as Json, this, this.#environment);
    }
    const items: [string, Json][] = [];
    const causes: Cause[] = [];
    for (const key of keys) {
      const item = this.evaluate(expression[key] as Json);
      if (item === NO_VALUE) continue;
      if (item instanceof Unknown) causes.push(...item.causes);
      items.push([key, item as Json]);
    }
    // Unlike an assignment, this makes a key of `__proto__` a key like any other.
    const value = Object.fromEntries(items);
    return causes.length > 0 ? new PartlyUnknown(causes, value) : value;
  }

  #list(expression: readonly Json[]): Value {
    const items = expression.map((item) => this.evaluate(item)).filter((item) => item !== NO_VALUE);
    const causes = items.flatMap((item) => (item instanceof Unknown ? item.causes : []));
    return causes.length > 0 ? new PartlyUnknown(causes, items as Json) : (items as Json[]);
  }

  /** `Ref` of a parameter, pseudo parameter or resource. */
  reference(name: string): Value {
    const { template, scope } = this.#environment;
    if (isPseudoParameter(name)) return pseudoParameter(name, scope);
    const definition = template.parameters[name];
    const parameter = this.#parameters.get(name);
    if (definition && parameter) return parameterValue(definition, parameter);
    const value = this.#environment.ref(name);
    if (value === undefined)
      throw invalidTemplate(
        `Template format error: Unresolved resource dependencies [${name}] in the Resources block of the template`,
      );
    return value;
  }

  attribute(resource: string, attribute: string): Value {
    const value = this.#environment.attribute(resource, attribute);
    if (value === undefined)
      throw invalidTemplate(
        `Template error: resource ${resource} does not support attribute type ${attribute} in Fn::GetAtt`,
      );
    return typeof value === "string" ? this.#environment.localUrl(value) : value;
  }

  #test(expression: Json): boolean {
    if (isObject(expression)) {
      const [[name, argument] = ["", null]] = Object.entries(expression);
      const parts = Array.isArray(argument) ? argument : [argument];
      const each = () => parts.map((part) => this.#test(part));
      if (name === "Condition" && typeof argument === "string") return this.condition(argument);
      if (name === "Fn::And") return each().every(Boolean);
      if (name === "Fn::Or") return each().some(Boolean);
      if (name === "Fn::Not") return !each()[0];
      if (name === "Fn::Equals") {
        if (parts.length !== 2)
          throw invalidTemplate("Template error: every Fn::Equals object requires a list of two string parameters.");
        const [left, right] = parts.map((part) => this.evaluate(part));
        return text(left) === text(right);
      }
    }
    throw invalidTemplate("Template format error: Every Condition member must be a string or a condition function.");
  }
}

/** What stands for a value, or a part of a text, that will be known when the change set has been executed. */
export const KNOWN_AFTER_APPLY = "{{changeSet:KNOWN_AFTER_APPLY}}";

/** A list, map or text some of whose parts are unknown. `known` shows the rest. */
export class PartlyUnknown extends Unknown {
  readonly known: Json;
  constructor(causes: readonly Cause[], known: Json) {
    super(causes);
    this.known = known;
  }
}

function text(value: Value | undefined): string {
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** A member of a map that others named; not what every object has. */
function member(map: Json | undefined, name: string): Json | undefined {
  return isObject(map) && Object.hasOwn(map, name) ? map[name] : undefined;
}

type Compute = (argument: Json, evaluator: Evaluator, environment: Environment) => Value;

/** Evaluates the arguments first; unknown ones make the result unknown, but for what `partly` makes of the known ones. */
function strict(
  compute: (arguments_: Json, environment: Environment) => Value,
  partly?: (known: Value) => Json | undefined,
): Compute {
  return (argument, evaluator, environment) => {
    const value = evaluator.evaluate(argument);
    if (value === NO_VALUE) return value;
    if (!(value instanceof Unknown)) return compute(value, environment);
    const known = value instanceof PartlyUnknown ? partly?.(value.known) : undefined;
    return known === undefined ? new Unknown(value.causes) : new PartlyUnknown(value.causes, known);
  };
}

/** What is known of a text that is joined from parts some of which are not. */
function partlyJoined(known: Value): string | undefined {
  const [delimiter, list] = Array.isArray(known) ? (known as Value[]) : [];
  const items = list instanceof PartlyUnknown ? list.known : list;
  if (typeof delimiter !== "string" || !Array.isArray(items)) return undefined;
  return (items as Value[])
    .map((item) => {
      if (item instanceof PartlyUnknown) return plainText(item.known);
      return item instanceof Unknown ? KNOWN_AFTER_APPLY : plainText(item as Json);
    })
    .join(delimiter);
}

const FUNCTIONS: Readonly<Record<string, Compute>> = {
  Ref: (argument, evaluator) => {
    if (typeof argument !== "string")
      throw invalidTemplate("Template format error: Every Ref object must have a single String value.");
    return evaluator.reference(argument);
  },
  "Fn::GetAtt": (argument, evaluator) => {
    const [resource, attribute] = attributeArgument(argument);
    if (resource === undefined) {
      throw invalidTemplate(
        "Template error: every Fn::GetAtt object requires two non-empty parameters, the resource name and the resource attribute",
      );
    }
    if (attribute !== undefined) return evaluator.attribute(resource, attribute);
    const computed = evaluator.evaluate((argument as Json[])[1] as Json);
    return computed instanceof Unknown || computed === NO_VALUE
      ? computed
      : evaluator.attribute(resource, String(computed));
  },
  "Fn::If": (argument, evaluator) => {
    if (!Array.isArray(argument) || argument.length !== 3 || typeof argument[0] !== "string") {
      throw invalidTemplate("Template error: Fn::If requires a list argument with the first element being a condition");
    }
    return evaluator.evaluate(argument[evaluator.condition(argument[0]) ? 1 : 2] as Json);
  },
  "Fn::Sub": (argument, evaluator, environment) => {
    const [template, variables] = Array.isArray(argument) ? argument : [argument, {}];
    if (typeof template !== "string" || !isObject(variables ?? {})) {
      throw invalidTemplate(
        "Template error: One or more Fn::Sub intrinsic functions don't specify expected arguments. Specify a string as first argument, and an optional second argument to specify a mapping of values to replace in the string",
      );
    }
    return substitute(template, (variables ?? {}) as JsonObject, evaluator, environment);
  },
  "Fn::Join": strict((argument, environment) => {
    const [delimiter, items] = Array.isArray(argument) ? argument : [];
    if (typeof delimiter !== "string" || !Array.isArray(items)) {
      throw invalidTemplate(
        "Template error: every Fn::Join object requires two parameters, (1) a string delimiter and (2) a list of strings to be joined or a function that returns a list of strings (such as Fn::GetAZs) to be joined.",
      );
    }
    return environment.localUrl(items.map(plainText).join(delimiter));
  }, partlyJoined),
  "Fn::Split": strict((argument) => {
    const [delimiter, source] = Array.isArray(argument) ? argument : [];
    if (typeof delimiter !== "string" || typeof source !== "string") {
      throw invalidTemplate(
        "Template error: every Fn::Split object requires two parameters, (1) a string delimiter and (2) a string to be split or a function that returns a string to be split.",
      );
    }
    return source.split(delimiter);
  }),
  "Fn::Select": (argument, evaluator) => {
    if (!Array.isArray(argument) || argument.length !== 2) {
      throw invalidTemplate(
        "Template error: Fn::Select requires a list argument with two elements: an integer index and a list",
      );
    }
    const index = evaluator.evaluate(argument[0] as Json);
    const list = evaluator.evaluate(argument[1] as Json);
    if (index instanceof Unknown) return index;
    const items = list instanceof PartlyUnknown ? list.known : list;
    if (items instanceof Unknown || items === NO_VALUE) return items;
    const position = Number(index as Json);
    if (!Array.isArray(items) || !Number.isInteger(position) || position < 0 || position >= items.length) {
      throw invalidTemplate(`Template error: Fn::Select cannot select nonexistent value at index ${shown(index)}`);
    }
    return items[position] as Value;
  },
  "Fn::FindInMap": (argument, evaluator, { template }) => {
    if (!Array.isArray(argument) || argument.length < 3) {
      throw invalidTemplate(
        "Template error: every Fn::FindInMap object requires three parameters, the map name, map key and the attribute for return value",
      );
    }
    const keys = argument.slice(0, 3).map((part) => evaluator.evaluate(part));
    const unknown = keys.find((key) => key instanceof Unknown);
    if (unknown) return unknown;
    const [map, first, second] = keys.map(plainText) as [string, string, string];
    const found = member(member(template.mappings[map], first), second);
    if (found !== undefined) return found;
    const fallback = argument[3];
    if (isObject(fallback) && fallback.DefaultValue !== undefined) return evaluator.evaluate(fallback.DefaultValue);
    throw invalidTemplate(`Template error: Unable to get mapping for ${map}::${first}::${second}`);
  },
  "Fn::Base64": strict((argument) => Buffer.from(plainText(argument)).toString("base64")),
  "Fn::Cidr": strict((argument) => {
    const [block, count, bits] = Array.isArray(argument) ? argument : [];
    return cidrBlocks(String(block), Number(count), bits === undefined ? undefined : Number(bits));
  }),
  "Fn::GetAZs": strict((argument, environment) =>
    environment.availabilityZones(
      argument === null || argument === "" ? environment.scope.region : plainText(argument),
    ),
  ),
  "Fn::ImportValue": strict((argument, environment) => environment.importValue(plainText(argument))),
  "Fn::Length": strict((argument) => {
    if (!Array.isArray(argument)) throw invalidTemplate("Template error: Fn::Length expects a list.");
    return argument.length;
  }),
  "Fn::ToJsonString": strict((argument) => JSON.stringify(argument)),
};

function plainText(value: Value): string {
  if ((typeof value === "object" && value !== null) || typeof value === "symbol")
    throw invalidTemplate("Template error: a string is expected where a list or map was given.");
  return String(value);
}

function substitute(template: string, variables: JsonObject, evaluator: Evaluator, environment: Environment): Value {
  const causes: Cause[] = [];
  const result = template.replace(SUB_PATTERN, (_whole, literal: string, rawName: string) => {
    if (literal) return `\${${rawName}}`;
    const name = rawName.trim();
    const dot = name.indexOf(".");
    let value: Value;
    if (Object.hasOwn(variables, name)) value = evaluator.evaluate(variables[name] as Json);
    else if (dot < 0) value = evaluator.reference(name);
    else value = evaluator.attribute(name.slice(0, dot), name.slice(dot + 1));
    if (value instanceof Unknown) {
      causes.push(...value.causes);
      return KNOWN_AFTER_APPLY;
    }
    return value === NO_VALUE ? "" : Array.isArray(value) ? value.map(plainText).join(",") : plainText(value);
  });
  return causes.length > 0 ? new PartlyUnknown(causes, result) : environment.localUrl(result);
}
