/** What a resource type is: five handlers over desired and actual properties, as in the CloudFormation registry. */

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
/** A resource's properties, as templates write them. */
export type Properties = { [name: string]: Json };

/** What a provider is given beside the properties. It acts on the cloud through `call` only. */
export interface ResourceContext {
  readonly type: string;
  readonly account: string;
  readonly region: string;
  readonly partition: string;
  readonly urlSuffix: string;
  readonly stackId: string;
  readonly stackName: string;
  readonly logicalId: string;
  /** The construct path (`aws:cdk:path`), where the template has one. */
  readonly path: string | undefined;
  /** The same for every attempt at one step: an idempotency token. */
  readonly token: string;
  /** Ends when the step is given up. */
  readonly signal: AbortSignal;
  /** Cloud time, in milliseconds since the epoch. */
  now(): number;
  /** Waits in cloud time. */
  wait(milliseconds: number): Promise<void>;
  /** Performs an operation of a service, as the stack's principal, in the stack's region unless another is named. */
  call<Output = Record<string, unknown>>(
    service: string,
    operation: string,
    input: object,
    options?: { region?: string },
  ): Promise<Output>;
  /**
   * A name for a resource whose template gives none: `stack-logicalId-RANDOM`, cut to `maxLength`. The same for every
   * attempt at one creation.
   */
  physicalName(options?: NameOptions): string;
}

/** What names of a type look like. */
export interface NameOptions {
  /** Default 255. */
  readonly maxLength?: number;
  readonly lowerCase?: boolean;
  readonly prefix?: string;
  readonly suffix?: string;
  /** Whether there is nothing between the parts of a name but letters and digits. */
  readonly alphanumeric?: boolean;
}

/**
 * Creates, reads, updates, deletes and lists resources of one type. A model is a resource's actual properties, its
 * read-only ones (identifiers and attributes, spelt as the type's schema spells them) included.
 */
export interface ResourceProvider<P = Properties> {
  /** Makes the resource, and returns its model. Undoes what it began when it throws. */
  create(desired: P, ctx: ResourceContext): Promise<Properties>;
  /** The model as the resource really is now; `undefined` when it is gone. */
  read(actual: Properties, ctx: ResourceContext): Promise<Properties | undefined>;
  /** Brings the resource to the desired properties in place. `previous` is what the template said before. */
  update(desired: P, actual: Properties, ctx: ResourceContext, previous: P): Promise<Properties>;
  /** Deletes the resource; one that is gone already is no error. */
  delete(actual: Properties, ctx: ResourceContext): Promise<void>;
  /** The identifiers of all resources of the type, as models that hold at least their primary identifier. */
  list(ctx: ResourceContext): Promise<Properties[]>;
}

/** A live resource type and its provider. */
export interface ResourceType {
  readonly type: string;
  readonly provider: ResourceProvider;
}

/** Declares the provider of a live resource type: the default export of a file under `resources/`. */
export function defineResource<P = Properties>(provider: ResourceProvider<P>): ResourceProvider {
  return provider as unknown as ResourceProvider;
}
