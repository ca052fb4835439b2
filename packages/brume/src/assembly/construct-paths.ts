/** Where in the app the resources of templates come from. */
import type { CloudClient, Place } from "./cloud-client.js";

/** What people call the resource at a construct path: by the construct that it is the only resource of. */
export const labelOf = (path: string): string => path.replace(/\/Resource$/, "");

/** The construct paths that a template tells, by logical id; of a template that is no JSON, none. */
export function pathsIn(template: string): Map<string, string> {
  try {
    const { Resources = {} } = JSON.parse(template) as {
      Resources?: Record<string, { Metadata?: Record<string, string> }>;
    };
    return new Map(
      Object.entries(Resources).flatMap(([id, { Metadata }]) =>
        Metadata?.["aws:cdk:path"] ? [[id, Metadata["aws:cdk:path"]]] : [],
      ),
    );
  } catch {
    return new Map();
  }
}

/** The construct paths of the resources of a deployed stack, by logical id. */
export async function deployedPaths(cloud: CloudClient, StackName: string, place: Place): Promise<Map<string, string>> {
  const { TemplateBody } = await cloud.call<{ TemplateBody: string }>(
    "cloudformation",
    "GetTemplate",
    { StackName },
    place,
  );
  return pathsIn(TemplateBody);
}

/** What people call the resources of a deployed stack: their construct paths where there are any, else their logical ids. */
export async function labelsOf(cloud: CloudClient, StackName: string, place: Place): Promise<(id: string) => string> {
  const paths = await deployedPaths(cloud, StackName, place);
  return (id) => labelOf(paths.get(id) ?? id);
}
