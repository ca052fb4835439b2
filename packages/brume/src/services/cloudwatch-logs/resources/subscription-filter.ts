/** AWS::Logs::SubscriptionFilter */
import { filterResource, type StoredFilter } from "./filter.js";

interface Stored extends StoredFilter {
  destinationArn: string;
  roleArn?: string;
  distribution: string;
}

export default filterResource<Stored>({
  noun: "Subscription",
  toApi: ({ DestinationArn, RoleArn, Distribution, EmitSystemFields }) => ({
    destinationArn: DestinationArn,
    roleArn: RoleArn,
    distribution: Distribution,
    emitSystemFields: EmitSystemFields,
  }),
  fromApi: ({ destinationArn, distribution, roleArn }) => ({
    DestinationArn: destinationArn,
    Distribution: distribution,
    ...(roleArn === undefined ? {} : { RoleArn: roleArn }),
  }),
  async list() {
    return [];
  },
});
