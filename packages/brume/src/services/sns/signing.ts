/** Signs messages with a key and a certificate that a cloud makes once, and serves at their SigningCertURL. */
import { createPrivateKey, generateKeyPair, type KeyObject, sign } from "node:crypto";
import { promisify } from "node:util";
import { type Cloud, defineMemory } from "../../kernel/cloud.js";
import type { Context } from "../../kernel/context.js";
import { randomHex } from "../../kernel/identifiers.js";
import type { Endpoint } from "../../kernel/service.js";
import { defineTable } from "../../kernel/store.js";
import { selfSignedCertificate } from "./certificate.js";

interface SigningKey {
  /** PEM, both. */
  readonly privateKey: string;
  readonly certificate: string;
  /** What the URL of the certificate has of it. */
  readonly id: string;
}

/** ["key"] */
const signingKeys = defineTable<SigningKey>("sns/signing-keys", "cloud");
const DAY_MS = 24 * 60 * 60 * 1000;
const VALID_MS = 100 * 365 * DAY_MS;
const HASHES: Readonly<Record<string, string>> = { "1": "sha1", "2": "sha256" };

/** What of a message is signed, in this order, where the message has it. See "Verifying the signatures of messages". */
const SIGNED: Readonly<Record<string, readonly string[]>> = {
  Notification: ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"],
  SubscriptionConfirmation: ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"],
  UnsubscribeConfirmation: ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"],
};

/** Signs messages. */
export interface Signer {
  readonly certificateUrl: string;
  /** @param version the topic's signature version: SHA-1 for 1, SHA-256 for 2 */
  sign(message: Readonly<Record<string, string | undefined>> & { Type: string }, version: string): string;
}

class Signers {
  readonly #cloud: Cloud;
  #key: Promise<SigningKey> | undefined;
  #privateKey: KeyObject | undefined;

  constructor(cloud: Cloud) {
    this.#cloud = cloud;
  }

  /** The cloud's signer; the first time, this takes as long as a key of 2048 bits does. */
  async signer(): Promise<Signer> {
    this.#key ??= this.#load();
    const { id, privateKey } = await this.#key;
    this.#privateKey ??= createPrivateKey(privateKey);
    const key = this.#privateKey;
    return {
      // Differs from AWS: the certificate is this cloud's own, at its own address, which is not HTTPS.
      certificateUrl: `${this.#cloud.endpoint}/_aws/sns/SimpleNotificationService-${id}.pem`,
      sign: (message, version) => {
        const text = (SIGNED[message.Type] ?? [])
          .filter((name) => message[name] !== undefined)
          .map((name) => `${name}\n${message[name]}\n`)
          .join("");
        return sign(HASHES[version] ?? "sha1", Buffer.from(text), key).toString("base64");
      },
    };
  }

  async #load(): Promise<SigningKey> {
    const transaction = this.#cloud.store.begin();
    const table = transaction.table(signingKeys, "", "");
    const known = table.get("key");
    if (known) return known;
    const keys = await promisify(generateKeyPair)("rsa", { modulusLength: 2048 });
    const now = this.#cloud.clock.now();
    const subject = {
      commonName: "sns.amazonaws.com",
      serialNumber: randomHex(32),
      from: now - DAY_MS,
      to: Math.min(now + VALID_MS, Date.UTC(9999, 11)),
    };
    const made: SigningKey = {
      privateKey: keys.privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
      certificate: selfSignedCertificate(subject, keys),
      id: randomHex(32),
    };
    table.put(["key"], made);
    transaction.commit();
    return made;
  }
}

const signers = defineMemory("sns/signers", (cloud) => new Signers(cloud));

/** The signer of a cloud. */
export const signerOf = (ctx: Context): Promise<Signer> => ctx.memory(signers).signer();

/** The endpoint at which subscribers find the certificate. */
export const certificateEndpoint: Endpoint = (_request, response, ctx, { groups }) => {
  const key = ctx.transaction.table(signingKeys, "", "").get("key");
  if (!key || key.id !== groups.id) {
    response.writeHead(404).end();
    return;
  }
  response.writeHead(200, { "content-type": "application/x-pem-file" }).end(key.certificate);
};
