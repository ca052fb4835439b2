/** Looks up in the cloud what an app asks for at synthesis. */
import { availabilityZones } from "../kernel/availability-zones.js";
import { UserError } from "../kernel/errors.js";
import type { CloudClient, Place } from "./cloud-client.js";
import type { ContextValues } from "./configuration.js";
import type { MissingContext } from "./manifest.js";

type Provider = (cloud: CloudClient, props: MissingContext["props"], place: Place) => unknown;

/** The providers of the CDK that a cloud here can answer, by their names in the assembly's schema. */
const providers: Readonly<Record<string, Provider>> = {
  "availability-zones": (_cloud, _props, { region }) => availabilityZones(region),
  ssm: async (cloud, { parameterName }, place) => {
    const { Parameter } = await cloud.call<{ Parameter: { Value: string } }>(
      "ssm",
      "GetParameter",
      { Name: String(parameterName) },
      place,
    );
    return Parameter.Value;
  },
};

/** @throws UserError for a provider that is not here, or for what is not found */
export async function lookUp(cloud: CloudClient, missing: readonly MissingContext[]): Promise<ContextValues> {
  const found: ContextValues = {};
  for (const { key, provider, props } of missing) {
    const look = Object.hasOwn(providers, provider) ? providers[provider] : undefined;
    if (!look) {
      throw new UserError(
        "ContextProvider",
        `The app looks up ${provider} at synthesis, and brume cannot answer that yet.`,
        {
          where: key,
          hint: "Put the value into cdk.context.json under this key.",
        },
      );
    }
    const place = { account: props.account ?? "", region: props.region ?? "" };
    try {
      found[key] = await look(cloud, props, place);
    } catch (error) {
      throw new UserError("ContextLookup", `The look-up of ${provider} failed: ${(error as Error).message}`, {
        where: key,
        cause: error,
      });
    }
  }
  return found;
}
