/** An event of a function: what triggers it, and what every trigger of the pushing kind needs. */
import type { Json } from "../../../../kernel/resource.js";
import type { JsonObject } from "../../../template/template.js";
import { type Expansion, type Made, make } from "../expansion.js";
import { getAtt, ref } from "../intrinsics.js";
import { idSuffix } from "../plain.js";
import type { PropertyTypes } from "../property-types.js";

/** What an event invokes: a function, or its alias where it has one. */
export interface Target {
  readonly id: string;
  /** What permissions and mappings call it. */
  readonly name: JsonObject;
  readonly arn: JsonObject;
  /** The attributes that all made for it share. */
  readonly shared: JsonObject;
}

export interface FunctionEvent {
  /** The function's logical id and the event's name: the logical id of what the event becomes. */
  readonly id: string;
  readonly name: string;
  readonly properties: JsonObject;
  readonly target: Target;
  /** The function's role, made or not used. */
  readonly role: Made;
  readonly expansion: Expansion;
}

/** A kind of event: its properties, and what it becomes. */
export interface EventKind {
  readonly properties: PropertyTypes;
  readonly expand: (event: FunctionEvent) => Made[];
}

/** The target that a function or its alias is. */
export function targetOf(fn: Made, alias: Made | undefined, shared: JsonObject): Target {
  const id = alias?.id ?? fn.id;
  return { id, name: ref(id), arn: alias ? ref(id) : getAtt(id, "Arn"), shared };
}

interface Permission {
  readonly principal: string;
  readonly sourceArn?: Json | undefined;
  readonly sourceAccount?: Json;
  readonly token?: Json | undefined;
  /** Follows `Permission` in the logical id. */
  readonly suffix?: string;
  /** Comes before `Permission` in place of the event's own id. */
  readonly prefix?: string;
}

/** Lets a service invoke the event's function. */
export function makePermission({ id, target }: FunctionEvent, permission: Permission): Made {
  const { principal, sourceArn, sourceAccount, token, suffix = "", prefix = id } = permission;
  return make(
    `${prefix}Permission${idSuffix(suffix)}`,
    "AWS::Lambda::Permission",
    {
      Action: "lambda:InvokeFunction",
      FunctionName: target.name,
      Principal: principal,
      SourceAccount: sourceAccount,
      SourceArn: sourceArn,
      EventSourceToken: token,
    },
    target.shared,
  );
}
