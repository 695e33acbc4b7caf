#!/usr/bin/env node
// The command `maskvlm`: makes the checkout ready, then hands over to the compiled command line.
import { realpathSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setUp } from './setup.mjs';

setUp();
// `npm run` changes into the package's folder; the folder that the user called from is in INIT_CWD. Anywhere else, INIT_CWD was left by
// some other script that started this process, and the current folder is the one that is meant.
const { INIT_CWD, npm_lifecycle_event: script } = process.env;
const root = realpathSync(dirname(fileURLToPath(import.meta.url)));
if (INIT_CWD && script && realpathSync(process.cwd()) === root) process.chdir(INIT_CWD);
await import('./dist/cli.js');
