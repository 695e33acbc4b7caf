#!/usr/bin/env node
// The command `maskvlm`: makes the checkout ready, then hands over to the compiled command line.
import { setUp } from './setup.mjs';

setUp();
// npm changes into the package's folder; the folder that the user called from is in INIT_CWD.
if (process.env.INIT_CWD && process.env.npm_lifecycle_event) process.chdir(process.env.INIT_CWD);
await import('./dist/cli.js');
