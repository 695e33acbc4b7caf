// maskvlm index --collection photos --images photos/ --server http://127.0.0.1:8080
import { readFile } from 'node:fs/promises';
import { pino } from 'pino';
import { ExpectationError } from '../../model/errors.js';
import { answerOf, type Client, createClient, ProblemError, picture, type Schemas } from '../client/client.js';
import { readConfig } from '../config.js';
import { type ListedPicture, readPictureList } from '../items/picture-list.js';
import { RunningServer } from '../serve.js';

export interface IndexOptions {
  collection: string;
  images: string;
  bundle?: string;
  dataDir?: string;
  server?: string;
}

const PICTURES_PER_REQUEST = 64;
const say = (text: string) => void process.stderr.write(`${text}\n`);

/**
 * Puts pictures into a collection of a running server, or of a data directory that no server uses (a server is then started for it on
 * a free port of this machine). Pictures that cannot be used are named and counted; prints the counts as one JSON object. Throws when
 * nothing could be added.
 */
export async function indexPictures({ collection, images, bundle, dataDir, server }: IndexOptions): Promise<void> {
  if (Boolean(server) === Boolean(bundle && dataDir)) {
    throw new ExpectationError('index', 'either --server, or --bundle and --data-dir', server ? 'both' : 'neither');
  }
  if (server) return send(server, collection, images);
  const config = readConfig({ ...process.env, PORT: '0', HOST: '127.0.0.1', DATA_DIR: dataDir, BUNDLES: bundle });
  const local = new RunningServer(config, pino({ level: 'warn' }, pino.destination(2)));
  try {
    const address = await local.listen();
    await local.load({ examples: false });
    await send(address, collection, images);
  } finally {
    await local.close();
  }
}

async function send(baseUrl: string, collection: string, images: string): Promise<void> {
  const client = createClient({ baseUrl, apiKey: process.env.API_KEY });
  await createCollection(client, baseUrl, collection);
  const counts = { created: 0, updated: 0, error: 0 };
  let firstError = '';
  for await (const batch of batches(readPictureList(images))) {
    for (const { id, status, error } of await addItems(client, collection, batch)) {
      counts[status]++;
      if (status !== 'error') continue;
      const reason = error?.detail ?? error?.title ?? 'refused';
      firstError ||= `${id}: ${reason}`;
      say(`skipped ${id}: ${reason}`);
    }
    say(`${collection}: ${counts.created + counts.updated} pictures`);
  }
  if (counts.created + counts.updated === 0)
    throw new ExpectationError('index', 'at least one usable picture', firstError);
  process.stdout.write(`${JSON.stringify({ collection, ...counts })}\n`);
}

async function createCollection(client: Client, baseUrl: string, collection: string): Promise<void> {
  const made = client.PUT('/v1/collections/{collection}', { params: { path: { collection } }, body: {} });
  await answerOf(made).catch((error: Error) => {
    if (error instanceof ProblemError) throw refused(collection, 'to be opened', error);
    throw new ExpectationError(`server ${baseUrl}`, 'an answer', String(error.cause ?? error.message));
  });
}

const refused = (collection: string, expected: string, { status, message }: ProblemError): ExpectationError =>
  new ExpectationError(`collection ${collection}`, expected, `${status} ${message}`);

async function addItems(
  client: Client,
  collection: string,
  pictures: ListedPicture[],
): Promise<Schemas['ItemResult'][]> {
  const items = await Promise.all(
    pictures.map(async ({ file, ...item }): Promise<Schemas['NewItem']> => {
      return { ...item, image: picture(await readFile(file)) };
    }),
  );
  const path = { collection };
  try {
    const { results } = await answerOf(
      client.POST('/v1/collections/{collection}/items', { params: { path }, body: { items } }),
    );
    return results;
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    // When every item failed the answer is the first one's problem.
    if (error.status !== 415 && error.status !== 422) throw refused(collection, 'to take the pictures', error);
    return pictures.map(({ id }) => ({ id, status: 'error', error: error.problem as Schemas['Problem'] }));
  }
}

async function* batches(pictures: AsyncIterable<ListedPicture>): AsyncGenerator<ListedPicture[]> {
  let batch: ListedPicture[] = [];
  for await (const picture of pictures) {
    batch.push(picture);
    if (batch.length < PICTURES_PER_REQUEST) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
