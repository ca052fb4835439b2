/** DynamoDB's numbers: decimals of up to 38 digits, exact. See "Naming rules and data types" in the Developer Guide. */
import { AwsError } from "../../kernel/errors.js";

/** 0.DIGITS × 10^exponent; `digits` has no zeros at its ends, and is empty for zero. */
export interface Decimal {
  readonly negative: boolean;
  readonly digits: string;
  readonly exponent: number;
}

const MAX_DIGITS = 38;
const MAX_EXPONENT = 126;
const MIN_EXPONENT = -129;
const NUMBER = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/;
/** Numbers that are written as DynamoDB writes them, and short enough to be exact as doubles. */
const PLAIN_INTEGER = /^(?:0|-?[1-9]\d{0,14})$/;

const invalid = (message: string) => new AwsError("ValidationException", message);

/** Parses a number as clients write it. @throws AwsError `ValidationException` for text that is no number, or too long */
export function parseDecimal(text: string): Decimal {
  const match = NUMBER.exec(text.trim());
  const [, sign, whole = "", fraction = "", power = "0"] = match ?? [];
  if (!match || whole.length + fraction.length === 0) {
    throw invalid(`The parameter cannot be converted to a numeric value${text === "" ? "" : `: ${text}`}`);
  }
  const decimal = makeDecimal(sign === "-", whole + fraction, whole.length + Number(power));
  if (decimal.digits.length > 0) {
    if (decimal.exponent > MAX_EXPONENT) {
      throw invalid("Number overflow. Attempting to store a number with magnitude larger than supported range");
    }
    if (decimal.exponent < MIN_EXPONENT) {
      throw invalid("Number underflow. Attempting to store a number with magnitude smaller than supported range");
    }
    if (decimal.digits.length > MAX_DIGITS) {
      throw invalid("Attempting to store more than 38 significant digits in a Number");
    }
  }
  return decimal;
}

function makeDecimal(negative: boolean, digits: string, exponent: number): Decimal {
  const leading = /^0*/.exec(digits)?.[0].length ?? 0;
  const significant = digits.slice(leading).replace(/0+$/, "");
  if (significant === "") return { negative: false, digits: "", exponent: 0 };
  return { negative, digits: significant, exponent: exponent - leading };
}

/** A number as DynamoDB writes it: plain digits, never with an exponent. */
export function formatDecimal({ negative, digits, exponent }: Decimal): string {
  if (digits === "") return "0";
  const sign = negative ? "-" : "";
  if (exponent <= 0) return `${sign}0.${"0".repeat(-exponent)}${digits}`;
  if (exponent >= digits.length) return sign + digits.padEnd(exponent, "0");
  return `${sign}${digits.slice(0, exponent)}.${digits.slice(exponent)}`;
}

/** Rewrites a number as DynamoDB stores it, so that equal numbers are equal texts. @throws AwsError */
export function canonicalNumber(text: string): string {
  return PLAIN_INTEGER.test(text) ? text : formatDecimal(parseDecimal(text));
}

/** Orders two numbers in canonical form. */
export function compareNumbers(a: string, b: string): number {
  if (a === b) return 0;
  if (PLAIN_INTEGER.test(a) && PLAIN_INTEGER.test(b)) return Number(a) - Number(b);
  const [x, y] = [sortableNumber(a), sortableNumber(b)];
  return x < y ? -1 : 1;
}

/** The sum of two numbers, or their difference. @throws AwsError when the result is out of range */
export function addNumbers(a: string, b: string, subtract = false): string {
  const [x, y] = [parseDecimal(a), parseDecimal(b)];
  const scale = Math.max(x.digits.length - x.exponent, y.digits.length - y.exponent, 0);
  const left = toInteger(x, scale);
  const right = toInteger(y, scale);
  const sum = subtract ? left - right : left + right;
  const negative = sum < 0n;
  const digits = (negative ? -sum : sum).toString();
  return canonicalNumber(formatDecimal(makeDecimal(negative, digits, digits.length - scale)));
}

function toInteger({ negative, digits, exponent }: Decimal, scale: number): bigint {
  if (digits === "") return 0n;
  const value = BigInt(digits) * 10n ** BigInt(scale - (digits.length - exponent));
  return negative ? -value : value;
}

const EXPONENT_OFFSET = 200;
const POSITIVE_INTEGER = /^[1-9]\d{0,14}$/;

function withoutTrailingZeros(digits: string): string {
  let end = digits.length;
  while (digits.charCodeAt(end - 1) === 0x30) end--;
  return digits.slice(0, end);
}

/** Text that sorts as the numbers do. */
export function sortableNumber(text: string): string {
  if (POSITIVE_INTEGER.test(text)) return `2${EXPONENT_OFFSET + text.length}${withoutTrailingZeros(text)}`;
  const { negative, digits, exponent } = parseDecimal(text);
  if (digits === "") return "1";
  const power = exponent + EXPONENT_OFFSET;
  if (!negative) return `2${String(power).padStart(3, "0")}${digits}`;
  let complement = "";
  for (const digit of digits) complement += String(9 - Number(digit));
  // The end mark sorts after digits: of two negative numbers, the one with more digits is the lower.
  return `0${String(999 - power).padStart(3, "0")}${complement}~`;
}
