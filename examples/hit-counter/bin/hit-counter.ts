import { App } from "aws-cdk-lib";
import { HitCounterStack } from "../lib/hit-counter-stack.js";

const app = new App();
new HitCounterStack(app, "HitCounterStack");
