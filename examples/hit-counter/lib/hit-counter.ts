/** Counts the requests for each path in a table, and hands each request on to another function. */
import { RemovalPolicy } from "aws-cdk-lib";
import { AttributeType, BillingMode, Table } from "aws-cdk-lib/aws-dynamodb";
import { Code, Function, type IFunction, Runtime } from "aws-cdk-lib/aws-lambda";
import { Construct } from "constructs";

export interface HitCounterProps {
  /** The function that the requests are for. */
  readonly downstream: IFunction;
}

export class HitCounter extends Construct {
  readonly handler: Function;
  readonly table: Table;

  constructor(scope: Construct, id: string, props: HitCounterProps) {
    super(scope, id);
    this.table = new Table(this, "Hits", {
      partitionKey: { name: "path", type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.handler = new Function(this, "HitCounterHandler", {
      runtime: Runtime.NODEJS_22_X,
      handler: "hit-counter.handler",
      code: Code.fromAsset("lambda"),
      environment: {
        DOWNSTREAM_FUNCTION_NAME: props.downstream.functionName,
        HITS_TABLE_NAME: this.table.tableName,
      },
    });
    this.table.grantReadWriteData(this.handler);
    props.downstream.grantInvoke(this.handler);
  }
}
