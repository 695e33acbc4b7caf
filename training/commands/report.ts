// maskvlm report --run runs/ucm
import { writeReport } from '../report/write-report.js';

export interface ReportCommandOptions {
  run: string;
  threads?: number;
}

/** Writes RUN/report.html and prints its path. Throws when there is no such run. */
export async function report({ run, threads }: ReportCommandOptions): Promise<void> {
  process.stdout.write(`${await writeReport(run, { threads })}\n`);
}
