/**
 * The command line, the one place that knows both training and server: it parses arguments and loads the command that was asked for.
 * Exit status: 0 done, 1 failed, 2 wrong usage, 130 and 143 after a signal.
 */
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import type { DryRunOptions } from './training/commands/dry-run.js';
import {
  type DataTask,
  FORMAT_NAMES,
  type FormatName,
  formatsOf,
  RECORDS_OF_TASK,
  wrongKey,
} from './training/data/formats.js';
import { suggestion } from './training/suggestion.js';

const count =
  (least: number) =>
  (text: string): number => {
    const value = Number(text);
    if (!Number.isInteger(value) || value < least)
      throw new InvalidArgumentError(`expected a whole number of at least ${least}, got ${text}`);
    return value;
  };
const rate = (text: string): number => {
  const value = Number(text);
  if (!(value > 0 && Number.isFinite(value))) throw new InvalidArgumentError(`expected a number above 0, got ${text}`);
  return value;
};
const formatName = (text: string): FormatName => {
  const name = FORMAT_NAMES.find((known) => known === text);
  if (name) return name;
  const got = `"${text}"${suggestion(text, FORMAT_NAMES)}`;
  throw new InvalidArgumentError(`expected one of ${FORMAT_NAMES.join(', ')}, got ${got}`);
};
/** The formats that each task takes, for the end of a command's help. */
const formatHelp = (tasks: readonly DataTask[]): string =>
  tasks
    .map((task) => {
      const lines = formatsOf(RECORDS_OF_TASK[task]).map(({ name, holds }) => `  ${name.padEnd(15)}${holds}`);
      return `\nFormats of ${task}:\n${lines.join('\n')}`;
    })
    .join('\n');
const ratio = (text: string): number => {
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0 && value <= 1))
    throw new InvalidArgumentError(`expected a number from 0 to 1, got ${text}`);
  return value;
};
const collect = (text: string, before: string[] = []): string[] => [...before, text];
const device = () =>
  new Option('--device <device>', 'where the training step runs').choices(['cpu', 'webgpu', 'cuda']).default('cpu');
const threads = () =>
  new Option('--threads <n>', 'threads of the computation (default: one per core)').argParser(count(1));

const program = new Command('maskvlm')
  .description('Masked Vision and Language Modeling: training, image-text search and inference over HTTP')
  .exitOverride()
  .configureOutput({ outputError: (text, write) => write(text) });

const data = program.command('data').description('make training data');
data
  .command('scenes')
  .description(
    'generate pictures of solids with captions, questions (VQA v2), statements (NLVR2) and hypotheses (SNLI-VE)',
  )
  .requiredOption('--out <dir>', 'folder to write to')
  .option('--train <n>', 'training pictures', count(0), 20000)
  .option('--val <n>', 'validation pictures', count(0), 1000)
  .option('--test <n>', 'test pictures', count(0), 1000)
  .option('--seed <s>', 'the same seed gives the same bytes', count(0), 1)
  .option('--size <px>', 'side of a picture in pixels', count(1), 96)
  .action(async (options) => (await import('./training/commands/data-scenes.js')).dataScenes(options));

program
  .command('tokenizer')
  .description('train a tokenizer')
  .command('train')
  .description('train byte-level BPE on texts and write a Hugging Face tokenizer.json')
  .requiredOption('--corpus <file...>', 'text, Karpathy JSON or JSONL files')
  .requiredOption('--vocab-size <n>', 'largest size of the vocabulary', count(1))
  .requiredOption('--out <file>', 'the tokenizer.json to write')
  .action(async ({ corpus, vocabSize, out }) => {
    const { trainTokenizer } = await import('./training/tokenizer/train-tokenizer.js');
    process.stdout.write(`${JSON.stringify(await trainTokenizer({ corpus, vocabSize, out }))}\n`);
  });

const printDryRun = async (options: DryRunOptions) =>
  (await import('./training/commands/dry-run.js')).printDryRun(options);
const training = (name: string, description: string): Command =>
  program
    .command(name)
    .description(description)
    .requiredOption('--recipe <file>', 'YAML recipe')
    .option('--out <run>', 'run folder to write; required unless --dry-run is given')
    .option('--init <run|bundle>', 'start from the parameters of a run or bundle')
    .option('--init-image <file>', 'then take the image encoder from timm ViT weights (safetensors or torch.save)')
    .option('--init-text <file>', 'then take the text encoder from Hugging Face RoBERTa weights (likewise)')
    .option('--resume', 'go on from the latest checkpoint of the run')
    .option('--stop-after <n>', 'stop after this step of the schedule', count(1))
    .addOption(device())
    .addOption(threads())
    .option('--set <key.path=value>', 'change a key of the recipe; may be repeated', collect)
    .option('--dry-run', 'train nothing: print parameters, GFLOP, memory and steps of the run as one JSON object')
    .option('--tflops <t>', 'with --dry-run: print the time too, at so many TFLOP/s of matrix products', rate)
    .hook('preAction', (command) => {
      const { out, dryRun, tflops } = command.opts();
      if (!dryRun && out === undefined) command.error("error: required option '--out <run>' not specified");
      if (!dryRun && tflops !== undefined) command.error('error: --tflops: expected --dry-run beside it, got none');
    });

training('pretrain', 'pre-train a model by a recipe').action(async (options) => {
  if (options.dryRun) return printDryRun({ ...options, task: 'pretrain' });
  process.exitCode = await (await import('./training/commands/pretrain.js')).pretrain(options);
});

training('finetune', 'fine-tune a model for a task by a recipe')
  .addOption(
    new Option('--task <task>', 'what to fine-tune for')
      .choices(['retrieval', 'vqa', 'nlvr2', 've'])
      .makeOptionMandatory(),
  )
  .action(async (options) => {
    if (options.dryRun) return printDryRun(options);
    process.exitCode = await (await import('./training/commands/finetune.js')).finetune(options);
  });

program
  .command('step')
  .description('losses and gradients of one training step on a given batch, without an update')
  .requiredOption('--recipe <file>', 'YAML recipe')
  .requiredOption('--run <run>', 'run whose latest checkpoint is used')
  .requiredOption('--batch <file>', 'safetensors file with the batch')
  .requiredOption('--out <file>', 'safetensors file to write')
  .action(async (options) => (await import('./training/commands/step.js')).step(options));

const EVALUATED = ['retrieval', 'vqa', 'nlvr2', 've', 'classify'] as const satisfies DataTask[];
program
  .command('evaluate')
  .description('measure a bundle on annotated data; prints one JSON object')
  .addOption(new Option('--task <task>', 'what to measure').choices(EVALUATED).makeOptionMandatory())
  .requiredOption('--bundle <dir>', 'bundle to measure')
  .addOption(
    new Option('--format <format>', 'form of the annotations, see below').argParser(formatName).makeOptionMandatory(),
  )
  .option('--annotations <file>', 'annotation file, or several as {a,b}.json or {000..331}.tar')
  .option('--questions <file>', 'file of questions, for the format vqa2')
  .option('--images <dir>', 'folder of the pictures')
  .option('--split <split>', 'split to measure', 'test')
  .option(
    '--limit <n>',
    'only the first n examples: pictures in retrieval, of the classes in turn in classify',
    count(1),
  )
  .option('--k-test <k>', 'candidates of ITC that ITM orders anew; all of a small gallery are ITM alone', count(1), 128)
  .addOption(
    new Option('--score <score>', 'what orders the candidates, or for classify (itm, itc) the classes')
      .choices(['itm', 'itc', 'itm+itc'])
      .default('itm'),
  )
  .option(
    '--decode <how>',
    'answers of vqa: greedy, beam:N, or rank (rank:albef scores as its published code)',
    'greedy',
  )
  .option('--answers <file>', 'the answers that rank chooses from: a JSON list, or one a line')
  .option('--templates <file>', 'prompts of classify, one a line, {} where the label goes (default: "a photo of a {}")')
  .option('--submission <file>', 'write the predictions of vqa, nlvr2 or ve in their official form')
  .addOption(threads())
  .option('--out <file>', 'write the JSON object to a file as well')
  .addHelpText('after', formatHelp(EVALUATED))
  .action(async (options, command: Command) => {
    const wrong = wrongKey(RECORDS_OF_TASK[options.task as DataTask], options.format, options);
    if (wrong)
      command.error(`error: --${wrong.key}: expected ${wrong.expected}, got ${options[wrong.key] ?? 'nothing'}`);
    await (await import('./training/commands/evaluate.js')).evaluate(options);
  });

program
  .command('export')
  .description('export a run as a bundle that the server loads')
  .requiredOption('--run <run>', 'run folder')
  .option('--checkpoint <name>', 'best, latest or a step (default: best, or latest where nothing was validated)')
  .addOption(
    new Option('--precision <precision>', 'how weights are kept; fp16 and int8 are measured against fp32')
      .choices(['fp32', 'fp16', 'int8'])
      .default('fp32'),
  )
  .option('--limit <n>', 'validation pictures to measure on (default: evaluate.limit of the recipe, or 250)', count(1))
  .addOption(threads())
  .option('--metrics <file...>', 'results of evaluate --out, for the manifest')
  .option('--examples <dir>', 'folder of data scenes whose test pictures become the example collection')
  .requiredOption('--out <dir>', 'bundle folder to write; its name becomes the name of the bundle')
  .action(async (options) => (await import('./training/commands/export.js')).exportBundle(options));

program
  .command('reconstruct')
  .description(
    'mask a picture and its text, restore both, write pictures, JSON and a page; prints the path of the page',
  )
  .requiredOption('--bundle <dir>', 'bundle with the task reconstruct')
  .requiredOption('--image <file>', 'picture')
  .requiredOption('--text <text>', 'what the picture shows')
  .option('--image-mask-ratio <r>', 'share of the picture that is masked (default: that of the training)', ratio)
  .option('--text-mask-ratio <r>', 'probability of each token to be masked (default: that of the training)', ratio)
  .option('--seed <s>', 'the same seed masks the same', count(0), 1)
  .addOption(threads())
  .requiredOption('--out <dir>', 'folder to write to')
  .action(async (options) => (await import('./training/commands/reconstruct.js')).reconstruct(options));

program
  .command('report')
  .description('write RUN/report.html: curves, recipe, data and sample predictions; prints its path')
  .requiredOption('--run <run>', 'run folder')
  .addOption(threads())
  .action(async (options) => (await import('./training/commands/report.js')).report(options));

program
  .command('index')
  .description('put pictures into a collection')
  .requiredOption('--collection <name>', 'collection, made where it is new')
  .requiredOption('--images <dir|file.jsonl>', 'folder of pictures, or JSONL lines with file, id, caption, metadata')
  .option('--bundle <dir>', 'bundle that encodes the pictures; with --data-dir')
  .option('--data-dir <dir>', 'DATA_DIR to write to; with --bundle')
  .option('--server <url>', 'running server to send the pictures to')
  .action(async (options) => (await import('./server/commands/index-pictures.js')).indexPictures(options));

program
  .command('backup')
  .description('write a consistent backup that a server can be started from, also while one runs')
  .option('--data-dir <dir>', 'DATA_DIR to back up')
  .option('--server <url>', 'running server to back up')
  .requiredOption('--out <dir>', 'new or empty folder to write to')
  .action(async (options, command: Command) => {
    if (Boolean(options.dataDir) === Boolean(options.server))
      command.error(
        `error: backup: expected either --data-dir or --server, got ${options.server ? 'both' : 'neither'}`,
      );
    await (await import('./server/commands/backup.js')).backup(options);
  });

program
  .command('serve')
  .description('serve over HTTP; settings come from the environment')
  .action(async () => (await import('./server/serve.js')).serve());

const bench = program.command('bench').description('measure speed, as ratios taken in one run; prints one JSON object');
bench
  .command('train')
  .description('GFLOP/s of the training step and its ratio to the rate of this machine at the same matrix products')
  .option('--recipe <file>', 'recipe whose shapes are measured (default: the ucm recipe)')
  .option('--steps <n>', 'measured steps', count(1), 5)
  .addOption(threads())
  .action(async (options) => (await import('./training/commands/bench-train.js')).benchTrain(options));
bench
  .command('serve')
  .description(
    'latency of search in a collection of 1,000 pictures (the examples of the shipped bundle, mirrored and turned), the parts of a search, ' +
      'the share of it that is not model time (client included), what 32 searches at once are worth, and /healthz meanwhile',
  )
  .option('--seconds <n>', 'length of each round', count(1), 10)
  .action(async (options) => (await import('./server/bench/bench-serve.js')).benchServe(options));
bench
  .command('index')
  .description(
    'recall@k, times and churn of the vector index, beside the exact answer; some minutes at the default size',
  )
  .option('--vectors <n>', 'unit vectors in the index', count(1_000), 100_000)
  .option('--dimension <n>', 'numbers of a vector', count(2), 256)
  .option('--centres <n>', 'Gaussians of the mixture that vectors and queries are drawn from', count(1), 1_000)
  .option('--spread <x>', 'standard deviation of each number around its centre, which has norm 1', rate, 0.05)
  .option('--queries <n>', 'searches of a round', count(10), 1_000)
  .option('--k <n>', 'nearest neighbours asked for', count(1), 10)
  .option('--seed <n>', 'same seed, same vectors', count(0), 0)
  .action(async (options) => (await import('./server/bench/bench-index.js')).benchIndex(options));

/** What went wrong; what the system reports is put into the words of all other errors. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code, syscall, path, message } = error as NodeJS.ErrnoException;
  return code && syscall && path ? `${path}: expected to ${syscall} it, got ${code}` : message;
}

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
  else {
    process.stderr.write(`error: ${describe(error).split('\n')[0]}\n`);
    process.exitCode = 1;
  }
}
