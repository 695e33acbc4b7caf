// A thread that reads tokens in the store of the folder it is given, each time that it is asked.
import { parentPort, workerData } from 'node:worker_threads';
import { openTokenReader, type TokenKey } from '../../../server/store/token-reader.js';

const reader = openTokenReader(workerData as string);
parentPort!.on('message', (key: TokenKey) => {
  const tokens = reader.read(key)?.slice();
  reader.refresh();
  parentPort!.postMessage(tokens);
});
