/** The events of state machines, by their type. */
import type { Json } from "../../../../kernel/resource.js";
import type { JsonObject } from "../../../template/template.js";
import { EventMistake, invalidResource, invalidStructure } from "../errors.js";
import { type Expansion, type Made, make, type Source } from "../expansion.js";
import { MANAGED } from "../implicit-apis.js";
import { getAtt, ifElse, ref, sub } from "../intrinsics.js";
import { integrate, isIntegrated, isSwagger } from "../open-api.js";
import { compact, mapOf, says } from "../plain.js";
import { DELIVERY_POLICIES, trustPolicy } from "../policy-documents.js";
import { checkAgainst, type PropertyTypes } from "../property-types.js";
import { restMethod } from "./api.js";
import { applyAuth } from "./api-auth.js";
import { kindOfEvent } from "./function-events.js";
import { deadLetterQueue, ruleState, targetId } from "./rule.js";
import { makeSchedule, SCHEDULE_V2_PROPERTIES } from "./schedule-v2.js";

interface MachineEvent {
  readonly id: string;
  readonly name: string;
  readonly properties: JsonObject;
  /** The state machine, or its alias. */
  readonly targetId: string;
  readonly boundary: Json | undefined;
  readonly shared: JsonObject;
  readonly expansion: Expansion;
}

interface Kind {
  readonly properties: PropertyTypes;
  readonly expand: (event: MachineEvent) => Made[];
}

const RULE: Kind = {
  properties: {
    text: "EventBusName RuleName Input InputPath State",
    map: "Pattern DeadLetterConfig RetryPolicy InputTransformer",
    "map=": "Target",
  },
  expand: (event) => {
    const { EventBusName, Pattern, RuleName, State } = event.properties;
    const state = says(State) ? State : undefined;
    return makeRule(event, { EventBusName, EventPattern: Pattern, Name: RuleName, State: state });
  },
};

const KINDS: Readonly<Record<string, Kind>> = {
  Schedule: {
    properties: {
      "text!": "Schedule",
      text: "Input State Name Description",
      flag: "Enabled",
      map: "DeadLetterConfig RetryPolicy",
      "map=": "Target",
      // A function may stand for it, although not for others that are marked like this.
      any: "RoleArn",
    },
    expand: (event) => {
      const { Schedule, Name, Description } = event.properties;
      const State = ruleState(event.name, event.properties);
      return makeRule(event, { ScheduleExpression: Schedule, Name, Description, State });
    },
  },
  CloudWatchEvent: RULE,
  EventBridgeRule: RULE,
  Api: {
    properties: {
      "text!": "Path Method RestApiId",
      text: "Stage",
      map: "Auth",
      "flag=": "UnescapeMappingTemplate",
    },
    expand: expandApi,
  },
  ScheduleV2: {
    properties: SCHEDULE_V2_PROPERTIES,
    expand: ({ id, properties, targetId: target, shared }) =>
      makeSchedule(id, properties, ref(target), "StateMachine", shared),
  },
};

/** Makes what a state machine's events become. @throws Mistake */
export function expandStateMachineEvents(source: Source, target: string, expansion: Expansion): Made[] {
  const { id, properties, shared } = source;
  return Object.entries(mapOf(properties.Events)).flatMap(([name, value]) => {
    const event = mapOf(value);
    const kind = kindOfMachineEvent(id, name, event);
    checkAgainst(kind.properties, id + name, String(event.Type), mapOf(event.Properties));
    return kind.expand({
      id: id + name,
      name,
      properties: mapOf(event.Properties),
      targetId: target,
      boundary: properties.PermissionsBoundary,
      shared,
      expansion,
    });
  });
}

function kindOfMachineEvent(id: string, name: string, event: JsonObject): Kind {
  try {
    return kindOfEvent(KINDS, name, event);
  } catch (error) {
    throw error instanceof EventMistake ? invalidResource(id, error.message) : error;
  }
}

/** The role with which a service starts executions. */
function makeStarterRole({ id, targetId: target, boundary, shared }: MachineEvent, service: string): Made {
  const roleId = `${id}Role`;
  return make(
    roleId,
    "AWS::IAM::Role",
    {
      AssumeRolePolicyDocument: trustPolicy(service),
      Policies: [DELIVERY_POLICIES.StateMachine(ref(target), roleId)],
      PermissionsBoundary: says(boundary) ? boundary : undefined,
    },
    shared,
  );
}

function makeRule(event: MachineEvent, rule: Record<string, Json | undefined>): Made[] {
  const { id, properties, targetId: target, shared } = event;
  const role = properties.RoleArn === undefined ? makeStarterRole(event, "events.amazonaws.com") : undefined;
  const deadLetters = deadLetterQueue(id, properties.DeadLetterConfig, getAtt(id, "Arn"), shared);
  const { Input, InputPath, RetryPolicy, InputTransformer } = properties;
  const entry = compact({
    Arn: ref(target),
    Id: mapOf(properties.Target).Id ?? targetId(id, "StepFunctionsTarget"),
    RoleArn: role ? getAtt(role.id, "Arn") : properties.RoleArn,
    Input,
    InputPath,
    DeadLetterConfig: deadLetters.config,
    RetryPolicy,
    InputTransformer,
  });
  const made = make(id, "AWS::Events::Rule", { ...rule, Targets: [entry] }, shared);
  return [made, ...(role ? [role] : []), ...deadLetters.made];
}

function expandApi(event: MachineEvent): Made[] {
  const { name, properties, shared, expansion } = event;
  const one = restMethod(name, properties, expansion);
  const role = makeStarterRole(event, "apigateway.amazonaws.com");
  // A mistake leaves the definition as it was: it is told once.
  const definition = structuredClone(one.api.DefinitionBody);
  if (!says(one.api[MANAGED]) || definition === undefined) return [role];
  if (!isSwagger(definition)) {
    throw invalidStructure(
      "Invalid Swagger document or the Swagger document is not explicitly defined in 'DefinitionBody'.",
    );
  }
  if (isIntegrated(definition, one.path, one.method)) {
    throw new EventMistake(name, `API method "${one.method}" defined multiple times for path "${one.path}".`);
  }
  const { Condition: condition } = shared;
  const uri = sub("arn:${AWS::Partition}:apigateway:${AWS::Region}:states:action/StartExecution");
  const integration: JsonObject = {
    type: "aws",
    httpMethod: "POST",
    uri: condition === undefined ? uri : ifElse(condition, uri),
    responses: { "200": { statusCode: "200" }, "400": { statusCode: "400" } },
    credentials: getAtt(role.id, "Arn"),
    requestTemplates: { "application/json": sub(requestTemplate(event)) },
  };
  const responses = { "200": { description: "OK" }, "400": { description: "Bad Request" } };
  integrate(definition, one.path, one.method, integration, responses, condition);
  if (says(properties.Auth)) applyAuth(definition, mapOf(properties.Auth), one, expansion.known);
  one.api.DefinitionBody = definition;
  return [role];
}

/** What API Gateway makes of a request: an execution of the state machine with the body as its input. */
function requestTemplate({ properties, targetId: target }: MachineEvent): string {
  const input = "$util.escapeJavaScript($input.json('$'))";
  if (!says(properties.UnescapeMappingTemplate)) {
    return `{"input": "${input}", "stateMachineArn": "\${${target}}"}`;
  }
  return `{"input": "${input}.replaceAll("\\\\'","'")", "stateMachineArn": "\${${target}}"}`;
}
