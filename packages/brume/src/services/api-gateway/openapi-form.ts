/** The form that an OpenAPI document must have where it is read: what is not so is refused before anything is made. */
import { badRequest } from "./tables.js";

/** Text, any structure, a list of a form, a structure of named members, or one whose members all have a form. */
type Form =
  | "text"
  | "tree"
  | readonly [Form]
  | { readonly each: Form }
  | { readonly of: Readonly<Record<string, Form>> };

const SCHEMA: Form = { of: { $ref: "text" } };
const CONTENT: Form = { each: { of: { schema: SCHEMA } } };
const PARAMETERS: Form = [{ of: { name: "text", in: "text", schema: SCHEMA } }];
const SECURITY: Form = [{ each: ["text"] }];
const TEXTS: Form = { each: "text" };
const INTEGRATION: Form = {
  of: {
    httpMethod: "text",
    uri: "text",
    credentials: "text",
    requestParameters: TEXTS,
    requestTemplates: TEXTS,
    cacheKeyParameters: ["text"],
    responses: { each: { of: { responseParameters: TEXTS, responseTemplates: TEXTS } } },
  },
};
const OPERATION: Form = {
  of: {
    operationId: "text",
    parameters: PARAMETERS,
    requestBody: { of: { content: CONTENT } },
    responses: { each: { of: { headers: "tree", schema: SCHEMA, content: CONTENT } } },
    security: SECURITY,
    "x-amazon-apigateway-auth": { of: { type: "text" } },
    "x-amazon-apigateway-integration": INTEGRATION,
  },
};
const SCHEMES: Form = {
  each: {
    of: {
      name: "text",
      "x-amazon-apigateway-authtype": "text",
      "x-amazon-apigateway-authorizer": {
        of: { authorizerUri: "text", identitySource: "text", providerARNs: ["text"] },
      },
    },
  },
};
const DOCUMENT: Form = {
  of: {
    info: { of: { title: "text" } },
    basePath: "text",
    servers: [{ of: { url: "text", variables: { each: { of: { default: "text" } } } } }],
    paths: {
      each: {
        of: {
          parameters: PARAMETERS,
          ...Object.fromEntries(
            ["get", "put", "post", "delete", "options", "head", "patch", "x-amazon-apigateway-any-method"].map(
              (verb) => [verb, OPERATION],
            ),
          ),
        },
      },
    },
    definitions: { each: "tree" },
    components: { of: { schemas: { each: "tree" }, securitySchemes: SCHEMES } },
    securityDefinitions: SCHEMES,
    security: SECURITY,
    "x-amazon-apigateway-gateway-responses": {
      each: { of: { responseParameters: TEXTS, responseTemplates: TEXTS } },
    },
    "x-amazon-apigateway-request-validators": { each: "tree" },
    "x-amazon-apigateway-binary-media-types": ["text"],
  },
};

/** @throws AwsError `BadRequestException` that names the first part of another form */
export function checkForm(document: unknown): void {
  check(DOCUMENT, document, []);
}

function check(form: Form, value: unknown, path: readonly string[]): void {
  if (value === undefined) return;
  const isList = Array.isArray(value);
  const isTree = typeof value === "object" && value !== null && !isList;
  // Tools write null where there is no text.
  const fits = form === "text" ? value === null || typeof value === "string" : isListForm(form) ? isList : isTree;
  if (!fits) throw badRequest(`Invalid OpenAPI input: unexpected value at ${path.join(" / ") || "the root"}`);
  if (typeof form === "string") return;
  for (const [name, member] of Object.entries(value as object)) {
    const expected = formOf(form, name);
    if (expected !== undefined) check(expected, member, [...path, name]);
  }
}

function formOf(form: Exclude<Form, string>, member: string): Form | undefined {
  if (isListForm(form)) return form[0];
  if ("each" in form) return form.each;
  return Object.hasOwn(form.of, member) ? form.of[member] : undefined;
}

const isListForm = (form: Form): form is readonly [Form] => Array.isArray(form);
