// Follows server-sent events as a browser does.
import type { Job } from './job-client.js';

export interface ServerEvent {
  event: string;
  id: string;
  job: Job;
}

export interface Events {
  status: number;
  events: ServerEvent[];
  /** Lines that a browser leaves out. */
  comments: string[];
}

/** Reads events until the server ends the stream, or `enough` holds. */
export async function readEvents(
  url: string,
  { lastEventId, enough = () => false }: { lastEventId?: string; enough?: (read: Events) => boolean } = {},
): Promise<Events> {
  const controller = new AbortController();
  const headers: Record<string, string> = lastEventId === undefined ? {} : { 'Last-Event-ID': lastEventId };
  const response = await fetch(url, { headers, signal: controller.signal });
  const read: Events = { status: response.status, events: [], comments: [] };
  let text = '';
  try {
    for await (const chunk of response.body ?? []) {
      text += Buffer.from(chunk).toString();
      const blocks = text.split('\n\n');
      text = blocks.pop()!;
      for (const block of blocks) take(block, read);
      if (enough(read)) controller.abort();
    }
  } catch (error) {
    if (!controller.signal.aborted) throw error;
  }
  return read;
}

function take(block: string, read: Events): void {
  const fields = new Map(
    block.split('\n').map((line) => [line.split(': ', 1)[0]!, line.slice(line.indexOf(': ') + 2)]),
  );
  if (block.startsWith(':')) read.comments.push(block);
  else if (fields.has('data')) {
    read.events.push({ event: fields.get('event')!, id: fields.get('id')!, job: JSON.parse(fields.get('data')!) });
  }
}
