import * as sdk from "@aws-sdk/client-cloudwatch-logs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningCloud, startCloud } from "../../index.js";

let cloud: RunningCloud;
let logs: sdk.CloudWatchLogsClient;
beforeAll(async () => {
  cloud = await startCloud();
  logs = cloud.client(sdk.CloudWatchLogsClient);
});
afterAll(() => cloud.close());

async function matching(filterPattern: string, logEventMessages: string[]) {
  const { matches } = await logs.send(new sdk.TestMetricFilterCommand({ filterPattern, logEventMessages }));
  return matches?.map(({ eventNumber }) => eventNumber);
}

describe("TestMetricFilter", () => {
  it.each<[string, string[], number[]]>([
    ["", ["anything"], [1]],
    ["ERROR", ["ERROR 1", "error 1"], [1]],
    ["ERROR disk", ["ERROR disk", "ERROR", "disk ERROR"], [1, 3]],
    ['"disk full"', ["disk full", "full disk"], [1]],
    ["?ERROR ?WARN", ["ERROR", "WARN", "INFO"], [1, 2]],
    ["ERROR -retry", ["ERROR", "ERROR retry"], [1]],
    ["%E[0-9]+%", ["E12", "Ex"], [1]],
  ])("matches terms: %s", async (pattern, messages, expected) => {
    expect(await matching(pattern, messages)).toEqual(expected);
  });

  const event = JSON.stringify({
    level: "ERROR",
    status: 503,
    user: { id: "u-1", admin: true },
    items: [{ name: "a" }, { name: "b" }],
    gone: null,
  });
  it.each<[string, boolean]>([
    ['{ $.level = "ERROR" }', true],
    ['{ $.level = "ERR*" }', true],
    ["{ $.level = ERROR }", true],
    ['{ $.level != "ERROR" }', false],
    ["{ $.status >= 500 && $.status < 600 }", true],
    ["{ $.status = 404 || $.user.admin IS TRUE }", true],
    ['{ ($.status = 404 || $.status = 503) && $.user.id = "u-*" }', true],
    ['{ $.items[1].name = "b" }', true],
    ['{ $.items[*].name = "b" }', true],
    ['{ $.items[0].name = "b" }', false],
    ["{ $.gone IS NULL }", true],
    ["{ $.nothing NOT EXISTS }", true],
    ["{ $.level NOT EXISTS }", false],
    ["{ $.level = %^E.*R$% }", true],
  ])("matches JSON: %s", async (pattern, expected) => {
    expect(await matching(pattern, [event, "no JSON"])).toEqual(expected ? [1] : []);
  });

  it("takes fields between spaces apart", async () => {
    const line = '127.0.0.1 - frank [10/Oct/2000:13:25:15 -0700] "GET /index.html HTTP/1.0" 404 1534';
    const filterPattern = "[ip, id, user, timestamp, request, status_code = 4*, bytes > 1000]";
    const { matches } = await logs.send(
      new sdk.TestMetricFilterCommand({ filterPattern, logEventMessages: [line, line.replace("404", "200")] }),
    );
    expect(matches).toHaveLength(1);
    expect(matches?.[0]?.extractedValues).toMatchObject({
      $ip: "127.0.0.1",
      $timestamp: "10/Oct/2000:13:25:15 -0700",
      $status_code: "404",
    });
    expect(await matching("[..., status = 404 || status = 500, bytes]", [line])).toEqual([1]);
    expect(await matching("[a, b]", [line])).toEqual([]);
  });

  it.each(["{ $.a }", "{ $.a = 1", "[a", "{ $.a > x }", "%[%"])("rejects %s", async (pattern) => {
    await expect(matching(pattern, ["x"])).rejects.toMatchObject({ name: "InvalidParameterException" });
  });
});
