#!/usr/bin/env node
import "../dist/docker.js";
