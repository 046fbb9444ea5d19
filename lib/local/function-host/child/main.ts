/** The process that a function runs in: loads the bundle, then answers one event after the other. */
import type { ChildMessage, InvokeMessage } from './messages.ts';
import { endWithParent } from './parent-watch.ts';

type Handler = (event: unknown, context: object) => unknown;

const [, , entryUrl = '', parentPid = ''] = process.argv;

endWithParent(Number(parentPid));
// Ctrl-C reaches the whole process group; the parent decides what becomes of an invocation.
process.on('SIGINT', () => {});

const handler = await loadHandler();
if (handler !== undefined) {
  process.on('message', (message: InvokeMessage) => void answer(handler, message));
  tell({ type: 'ready' });
}

async function loadHandler(): Promise<Handler | undefined> {
  try {
    const module = (await import(entryUrl)) as { handler?: unknown };
    if (typeof module.handler === 'function') return module.handler as Handler;
    failToLoad('Runtime.HandlerNotFound', `${entryUrl} exports no function named handler`);
  } catch (error) {
    const syntax = error instanceof SyntaxError;
    failToLoad(syntax ? 'Runtime.UserCodeSyntaxError' : 'Runtime.ImportModuleError', report(error));
  }
  return undefined;
}

function failToLoad(errorType: string, message: string): void {
  tell({ type: 'load_failed', errorType, message }, () => process.exit(1));
}

async function answer(handle: Handler, message: InvokeMessage): Promise<void> {
  const answered = await run(handle, message);
  // Else a process that is ended for something else would take with it what this invocation has written.
  await Promise.all([written(process.stdout), written(process.stderr)]);
  tell(answered);
}

async function run(handle: Handler, { requestId, event, deadlineMs }: InvokeMessage): Promise<ChildMessage> {
  try {
    const response = await handle(JSON.parse(event) as unknown, context(requestId, deadlineMs));
    return { type: 'response', payload: JSON.stringify(response ?? null) ?? 'null' };
  } catch (error) {
    return {
      type: 'error',
      errorType: error instanceof Error ? error.name : typeof error,
      message: report(error),
    };
  }
}

function written(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    stream.write('', () => resolve());
  });
}

function context(awsRequestId: string, deadlineMs: number) {
  const { AWS_LAMBDA_FUNCTION_NAME: functionName, AWS_REGION: region, ...env } = process.env;
  return {
    awsRequestId,
    functionName,
    functionVersion: env['AWS_LAMBDA_FUNCTION_VERSION'],
    invokedFunctionArn: `arn:aws:lambda:${region}:000000000000:function:${functionName}`,
    memoryLimitInMB: env['AWS_LAMBDA_FUNCTION_MEMORY_SIZE'],
    logGroupName: env['AWS_LAMBDA_LOG_GROUP_NAME'],
    logStreamName: env['AWS_LAMBDA_LOG_STREAM_NAME'],
    callbackWaitsForEmptyEventLoop: false,
    getRemainingTimeInMillis: () => Math.max(0, deadlineMs - Date.now()),
  };
}

function report(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function tell(message: ChildMessage, then: () => void = () => {}): void {
  process.send?.(message, undefined, undefined, then);
}
