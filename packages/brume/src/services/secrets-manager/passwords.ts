/** Random passwords. See "GetRandomPassword" in the Secrets Manager API Reference. */
import { randomBelow } from "../../kernel/identifiers.js";
import type { Handler } from "../../kernel/service.js";
import { check, invalidParameter } from "./constraints.js";

type SecretsManager = typeof import("@aws-sdk/client-secrets-manager");

const DEFAULT_LENGTH = 32;
const MAX_LENGTH = 4096;

export const getRandomPassword: Handler<SecretsManager, "GetRandomPassword"> = (input) => {
  const length = input.PasswordLength ?? DEFAULT_LENGTH;
  check("passwordLength", length, { min: 1, max: MAX_LENGTH });
  const excluded = input.ExcludeCharacters ?? "";
  check("excludeCharacters", excluded, { max: MAX_LENGTH });
  const types = [
    input.ExcludeLowercase ? "" : "abcdefghijklmnopqrstuvwxyz",
    input.ExcludeUppercase ? "" : "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    input.ExcludeNumbers ? "" : "0123456789",
    input.ExcludePunctuation ? "" : "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~",
    input.IncludeSpace ? " " : "",
  ]
    .map((letters) => [...letters].filter((letter) => !excluded.includes(letter)).join(""))
    .filter((letters) => letters !== "");
  if (types.length === 0) throw invalidParameter("The password can't be generated: all characters are excluded.");
  const required = (input.RequireEachIncludedType ?? true) ? types : [];
  if (length < required.length) throw invalidParameter("Password length is too short based on the required types.");
  const all = types.join("");
  const letters = [...required, ...Array<string>(length - required.length).fill(all)].map(
    (from) => from[randomBelow(from.length)] as string,
  );
  for (let i = letters.length - 1; i > 0; i--) {
    const j = randomBelow(i + 1);
    [letters[i], letters[j]] = [letters[j] as string, letters[i] as string];
  }
  return { RandomPassword: letters.join("") };
};
