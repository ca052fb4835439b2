import { describe, expect, it } from "vitest";
import { SyntaxFailure } from "./math/parse.js";
import { compileSearch } from "./search.js";

const METRICS = [
  ["AWS/EC2", "CPUUtilization", { InstanceId: "i-1" }],
  ["AWS/EC2", "CPUUtilization", { InstanceId: "i-12" }],
  ["AWS/EC2", "NetworkIn", { InstanceId: "i-1", ImageId: "ami-1" }],
  ["AWS/Lambda", "Errors", { FunctionName: "order-handler" }],
  ["My App", "queue_depth", {}],
] as const;

const find = (search: string) => {
  const isFound = compileSearch(search);
  return METRICS.flatMap(([namespace, name, dimensions], index) => {
    const list = Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value }));
    return isFound({ namespace, name, dimensions: list, activeAt: 0 }) ? [index] : [];
  });
};

describe("a search", () => {
  it.each<[string, number[]]>([
    ["", [0, 1, 2, 3, 4]],
    ["{AWS/EC2,InstanceId}", [0, 1]],
    ["{AWS/EC2, ImageId, InstanceId}", [2]],
    ['{"My App"}', [4]],
    ["cpu", [0, 1]],
    ["utilization", [0, 1]],
    ["CPUUtilization i-1", [0]],
    ['MetricName="CPUUtilization"', [0, 1]],
    ['MetricName="cpuutilization"', []],
    ["InstanceId=i-1", [0, 2]],
    ["InstanceId=(i-1 OR i-12) AND NOT network", [0, 1]],
    ['MetricName=("Errors" OR "queue_depth")', [3, 4]],
    ["errors OR depth", [3, 4]],
    ["NOT (errors OR depth)", [0, 1, 2]],
    ["handler order", [3]],
    ["Namespace=lambda", [3]],
    ["{AWS/EC2,InstanceId} i-12", [1]],
    ['"order-handler"', [3]],
    ['"order"', []],
  ])("%s", (search, expected) => expect(find(search)).toEqual(expected));

  it.each(["(", "a OR", "MetricName=", '"open', "a )", "(".repeat(200)])("%s makes no sense", (search) => {
    expect(() => compileSearch(search)).toThrow(SyntaxFailure);
  });
});
