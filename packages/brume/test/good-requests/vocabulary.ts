/** What members of inputs and outputs have been seen to be, by their names. */

/** Where nothing has been seen yet, by the names in lower case. */
const ALWAYS: Readonly<Record<string, unknown>> = {
  accountid: "000000000000",
  certificatearn: "arn:aws:acm:us-east-1:000000000000:certificate/0",
  clientrequesttoken: "x".repeat(32),
  domainname: "fuzzed.example.com",
  email: "a@example.com",
  expectedbucketowner: "000000000000",
  expectedsourcebucketowner: "000000000000",
  kmskeyid: "alias/new",
  phonenumber: "+15555550100",
  registryid: "000000000000",
  rolearn: "arn:aws:iam::000000000000:role/fuzzed",
  targetarn: "arn:aws:sqs:us-east-1:000000000000:fuzzed",
  url: "https://example.com/x",
};

export class Vocabulary {
  readonly #seen = new Map<string, { value: unknown; count: number }[]>(
    Object.entries(ALWAYS).map(([name, value]) => [name, [{ value, count: 1 }]]),
  );

  /** Remembers what members are. An `id`, `name` or `arn` is also the one of `kind`. */
  learn(node: unknown, kind?: string): void {
    if (typeof node !== "object" || node === null || node instanceof Uint8Array || node instanceof Date) return;
    for (const [key, value] of Object.entries(node)) {
      this.learn(value, kind);
      if (Array.isArray(node)) continue;
      this.#add(key, value);
      if (kind !== undefined && /^(id|name|arn)$/i.test(key)) this.#add(kind + key, value);
    }
  }

  /** The value that a member of this name has most often, or another after that. */
  find(name: string, isFit: (value: unknown) => boolean, rank = 0): unknown {
    return this.#seen.get(name.toLowerCase())?.filter(({ value }) => isFit(value))[rank]?.value;
  }

  #add(name: string, value: unknown): void {
    if (value === undefined || value === null || value === "" || typeof value === "function") return;
    const key = name.toLowerCase();
    const values = this.#seen.get(key) ?? [];
    const same = values.find((one) => JSON.stringify(one.value) === JSON.stringify(value));
    if (same) same.count++;
    else values.push({ value, count: 1 });
    this.#seen.set(
      key,
      values.sort((a, b) => b.count - a.count),
    );
  }
}
