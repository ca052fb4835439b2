/** `AWS::Serverless::Application`: a nested stack, from a template or from the Serverless Application Repository. */
import type { Json } from "../../../kernel/resource.js";
import { isObject, type JsonObject } from "../../template/template.js";
import { invalidResource } from "./errors.js";
import { type Expansion, type Made, make, type Source } from "./expansion.js";
import { lambdaTags } from "./function.js";
import { resolveMappings, resolveParameters } from "./parameters.js";
import { pick, says } from "./plain.js";

/** Expands an application. @throws Mistake */
export function expandApplication(source: Source, expansion: Expansion): Made[] {
  const { properties, dependsOn, shared } = source;
  const { url, tags } = readLocation(source, expansion);
  return [
    make(
      source.id,
      "AWS::CloudFormation::Stack",
      {
        TemplateURL: url,
        ...pick(properties, ["Parameters", "NotificationARNs", "TimeoutInMinutes"]),
        Tags: lambdaTags(source, tags),
      },
      shared,
      dependsOn,
    ),
  ];
}

function readLocation({ id, properties }: Source, { known }: Expansion): { url: Json; tags: JsonObject } {
  const missing = (name: string) => invalidResource(id, `Resource is missing the required [${name}] property.`);
  const location = properties.Location;
  if (location === undefined) throw missing("Location");
  if (!isObject(location)) return { url: location, tags: {} };
  const resolved = (name: string): Json => {
    const value = location[name];
    if (value === undefined) throw missing(name);
    const result = resolveMappings(resolveParameters(value, known), known);
    if (result === null) throw invalidResource(id, `Property '${name}' is required.`);
    if (!says(result)) throw invalidResource(id, `Property '${name}' cannot be blank.`);
    if (!isObject(result)) return result;
    throw invalidResource(
      id,
      `Property '${name}' cannot be resolved. Only FindInMap and Ref intrinsic functions are supported.`,
    );
  };
  const [application, version] = [resolved("ApplicationId"), resolved("SemanticVersion")];
  // Differs from AWS: the repository copies an application's template to a bucket of its own and says where; there is
  // no repository here, so that the URL names the application.
  const url = `https://serverlessrepo.amazonaws.com/applications/${encodeURIComponent(String(application))}/${String(version)}`;
  return {
    url: says(properties.TemplateUrl) ? properties.TemplateUrl : url,
    tags: { "serverlessrepo:applicationId": application, "serverlessrepo:semanticVersion": version },
  };
}
