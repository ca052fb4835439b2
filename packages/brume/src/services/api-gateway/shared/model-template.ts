/** Sample mapping templates that models are turned into, to be filled in by hand. */

interface Schema {
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly $ref?: string;
}

/** Finds the schema that a reference names. */
type Resolve = (reference: string) => Schema | undefined;

const SAMPLES: Readonly<Record<string, string>> = { boolean: "true", integer: "42", number: "42.0", null: "null" };
const MAX_DEPTH = 16;

/** A template that makes a sample of what a schema describes. */
export function modelTemplate(schema: object, resolve: Resolve = () => undefined): string {
  return `#set($inputRoot = $input.path('$'))\n${sample(schema as Schema, resolve, "", 0)}`;
}

function sample(given: Schema, resolve: Resolve, indent: string, depth: number): string {
  const schema = (given.$ref === undefined ? undefined : resolve(given.$ref)) ?? given;
  const type = [schema.type ?? []].flat()[0] ?? (schema.properties ? "object" : "string");
  if (depth > MAX_DEPTH) return "{}";
  const inner = `${indent}  `;
  if (type === "array") {
    const item = sample(schema.items ?? {}, resolve, inner, depth + 1);
    return `[\n${indent}##Update this foreach loop to reference the array of the input\n${indent}#foreach($elem in $inputRoot)\n${inner}${item}#if($foreach.hasNext),#end\n${indent}#end\n${indent}]`;
  }
  if (type !== "object") return SAMPLES[type] ?? '"foo"';
  const members = Object.entries(schema.properties ?? {}).map(
    ([name, member]) => `${inner}${JSON.stringify(name)} : ${sample(member, resolve, inner, depth + 1)}`,
  );
  return members.length === 0 ? "{ }" : `{\n${members.join(",\n")}\n${indent}}`;
}
