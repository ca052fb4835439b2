/** Macros that templates of the corpus were written for, as small as they can be; any other returns what it is given. */

interface Macro {
  readonly runtime: string;
  readonly code: string;
}

/** Makes a Node.js macro of a function body that turns `fragment` into another. */
const node = (body: string): Macro => ({
  runtime: "nodejs22.x",
  code: `exports.handler = async ({ requestId, fragment, params, templateParameterValues: values }, context) => {
${body}
  return { requestId, status: "success", fragment };
};`,
});

const IDENTITY = node("");

/** By their names. */
const MACROS: Readonly<Record<string, Macro>> = {
  // Calls of the SDK as resources: here all of them succeed.
  Boto3: {
    runtime: "nodejs22.x",
    code: `exports.handler = async (event, context) => {
  if (event.ResponseURL) {
    const { StackId, RequestId, LogicalResourceId } = event;
    const body = { Status: "SUCCESS", StackId, RequestId, LogicalResourceId, PhysicalResourceId: LogicalResourceId };
    await fetch(event.ResponseURL, { method: "PUT", body: JSON.stringify(body) });
    return {};
  }
  for (const resource of Object.values(event.fragment.Resources)) {
    if (!resource.Type.startsWith("Boto3::")) continue;
    const { Type, Properties, Mode } = resource;
    resource.Properties = { ServiceToken: context.invokedFunctionArn, Mode, Action: Type.slice(7), Properties };
    resource.Type = "Custom::Boto3";
    delete resource.Mode;
  }
  return { requestId: event.requestId, status: "success", fragment: event.fragment };
};`,
  },
  // A resource as often as its Count says: a number, or a list of names.
  Count: node(`  for (const [id, { Count, ...resource }] of Object.entries(fragment.Resources)) {
    if (Count === undefined) continue;
    delete fragment.Resources[id];
    const given = Count.Ref === undefined ? Count : values[Count.Ref];
    const names = Array.isArray(given) ? given : Array.from({ length: Number(given) }, () => "");
    for (const [index, name] of names.entries()) {
      const text = JSON.stringify(resource).replaceAll("%d", index + 1).replaceAll("%s", name);
      fragment.Resources[id + name + (index + 1)] = JSON.parse(text);
    }
  }`),
  // A moment: the same at every run, so that nothing changes where nothing was changed.
  DatetimeNow: node(`  fragment = "2026-12-01T00:00:00Z";`),
  // A resource for each entry of a mapping.
  Explode: node(`  for (const [id, { ExplodeMap, ...resource }] of Object.entries(fragment.Resources)) {
    if (ExplodeMap === undefined) continue;
    delete fragment.Resources[id];
    for (const [key, entry] of Object.entries(fragment.Mappings[ExplodeMap])) {
      const text = JSON.stringify(resource).replace(/"!Explode (\\w+)"/g, (_, name) => JSON.stringify(entry[name]));
      fragment.Resources[entry.ResourceName ?? id + key] = JSON.parse(text);
    }
  }`),
  // Python within a template.
  PyPlate: {
    runtime: "python3.12",
    code: `def handler(event, context):
    names = {"params": event["templateParameterValues"], "template": event["fragment"]}
    def walk(value):
        if isinstance(value, dict):
            return {key: walk(item) for key, item in value.items()}
        if isinstance(value, list):
            return [walk(item) for item in value]
        if isinstance(value, str) and value.startswith("#!PyPlate"):
            found = dict(names)
            exec(value, found)
            return found["output"]
        return value
    return {"requestId": event["requestId"], "status": "success", "fragment": walk(event["fragment"])}
`,
  },
};

/** A stack with a macro of a name. */
export function macroTemplate(name: string): object {
  const { runtime, code } = MACROS[name] ?? IDENTITY;
  return {
    Resources: {
      Role: {
        Type: "AWS::IAM::Role",
        Properties: { AssumeRolePolicyDocument: { Version: "2012-10-17", Statement: [] } },
      },
      Function: {
        Type: "AWS::Lambda::Function",
        Properties: {
          Runtime: runtime,
          Handler: "index.handler",
          Role: { "Fn::GetAtt": ["Role", "Arn"] },
          Code: { ZipFile: code },
          Timeout: 30,
        },
      },
      Macro: { Type: "AWS::CloudFormation::Macro", Properties: { Name: name, FunctionName: { Ref: "Function" } } },
    },
  };
}
