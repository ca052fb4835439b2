import { describe, expect, it } from "vitest";
import { render } from "./evaluate.js";
import { renderMapping } from "./functions.js";
import { TemplateError } from "./syntax.js";

const input = {
  body: '{"a":{"b":[1,2,{"c":"x\\"y"}]},"n":null,"list":["p","q"]}',
  path: { id: "1" },
  querystring: { q: "two" },
  header: { "X-H": "three" },
  context: { stage: "prod", identity: { sourceIp: "10.0.0.1" } },
  stageVariables: { v: "four" },
};
const map = (template: string) => renderMapping(template, input).text;

// biome-ignore-start lint/suspicious/noTemplateCurlyInString: references of Velocity look like placeholders
describe("a template", () => {
  it.each([
    ["plain $ text #1 #{x}", "plain $ text #1 #{x}"],
    ["#set($x = 1)$x ${x}y $!none| $none ${none.a}", "1 1y | $none ${none.a}"],
    ["#if(true)a#{else}b#end #if(false)a#elseif(1 < 2)b#{else}c#end", "a b"],
    ["#foreach($i in [1..3])$i#if($foreach.hasNext),#end#end", "1,2,3"],
    ["#foreach($i in ['a','b'])$foreach.index$foreach.count$i #end", "01a 12b "],
    ["#foreach($i in [1..9])#if($i == 3)#break#end$i#end", "12"],
    ["#set($m = {'a': 1, 'b': [1, 2]})$m.a $m.get('b').size() $m", "1 2 {a=1, b=[1, 2]}"],
    ["#set($m = {})#set($m.k = 'v')$!m.put('l', 2)$m.keySet() $m['k']", "[k, l] v"],
    ["#set($m={'a':1})#foreach($e in $m.entrySet())$e.key=$e.value#end", "a=1"],
    ["#set($s = 'a-b-c')$s.split('-').get(1) $s.replaceAll('[ab]', '_') $s.substring(2) $s.length()", "b _-_-c b-c 5"],
    ["#set($x = 3 + 4 * 2)$x #set($y = 7 / 2)$y #set($z = 'a' + 1)$z", "11 3 a1"],
    ['#set($n = "w")#set($g = "hi $n ${n}s")$g', "hi w ws"],
    ["#if($none || !$none && 'a' == 'a')y#end", "y"],
    ["a ## comment\nb #* c *#d #[[$raw #if]]#", "a b d $raw #if"],
    ["#macro(f $a)<$a>#end#f('x')#f(2)", "<x><2>"],
    ["\\$x costs $5", "$x costs $5"],
    ["#if($list.isEmpty())e#{else}n#end", "n"],
    ["a#stop b", "a"],
    ["user@example.com #hash", "user@example.com #hash"],
  ])("%j renders as %j", (template, expected) => {
    expect(render(template, {})).toBe(expected);
  });

  // biome-ignore-end lint/suspicious/noTemplateCurlyInString: as above

  it("leaves no lines behind for directives that stand alone", () => {
    expect(render("{\n  #if(true)\n  a\n  #end\n}", {})).toBe("{\n  a\n}");
  });

  it("says what is wrong with it, and where", () => {
    expect(() => render("a\n#if(", {})).toThrow(TemplateError);
    expect(() => render("#foreach($x in [1])", {})).toThrow("#end is missing on line 1");
  });
});

describe("a mapping template", () => {
  it.each([
    ["$input.json('$.a')", '{"b":[1,2,{"c":"x\\"y"}]}'],
    ["$input.json('$.missing')", '""'],
    ["$input.path('$.a.b[2].c')", 'x"y'],
    ["$input.path('$.a.b').size()", "3"],
    ["$input.path('$.list')", '["p","q"]'],
    ["#foreach($x in $input.path('$.list'))$x#end", "pq"],
    ["$input.params('id') $input.params('q') $input.params('X-H')|$input.params('none')|", "1 two three||"],
    ["#foreach($k in $input.params().querystring.keySet())$k#end", "q"],
    ["$context.stage $context.identity.sourceIp $stageVariables.v|$context.none|", "prod 10.0.0.1 four||"],
    ["$util.escapeJavaScript($input.path('$.a.b[2].c'))", 'x\\"y'],
    [
      "$util.base64Encode('a') $util.base64Decode('YQ==') $util.urlEncode('a b&') $util.urlDecode('a%26')",
      "YQ== a a+b%26 a&",
    ],
    ["$util.parseJson('{\"z\":5}').z", "5"],
    ["$input.body", input.body],
  ])("%s gives %s", (template, expected) => {
    expect(map(template)).toBe(expected);
  });

  it("overrides the status and headers of the response", () => {
    const { overrides } = renderMapping(
      '#set($context.responseOverride.status = 418)#set($context.responseOverride.header.X-Y = "z")',
      input,
    );
    expect(overrides.responseOverride).toEqual({ status: 418, header: { "X-Y": "z" } });
  });
});
