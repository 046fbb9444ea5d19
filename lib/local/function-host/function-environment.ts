import { dirname } from 'node:path';
import type { FunctionSettings } from './invocation.ts';

/** Credentials for emulators, which take any. */
export const LOCAL_CREDENTIALS = {
  AWS_ACCESS_KEY_ID: 'local',
  AWS_SECRET_ACCESS_KEY: 'local',
} as const;

/**
 * The environment of a function's process: what Lambda sets, and the function's own variables. Nothing of this
 * process's environment, so that a function can't come to depend on it.
 */
export function functionEnvironment(settings: FunctionSettings): Record<string, string> {
  return {
    AWS_REGION: settings.region,
    AWS_DEFAULT_REGION: settings.region,
    ...LOCAL_CREDENTIALS,
    AWS_EXECUTION_ENV: `AWS_Lambda_nodejs${process.versions.node.split('.')[0]}.x`,
    AWS_LAMBDA_FUNCTION_NAME: settings.name,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(settings.memoryMegabytes),
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${settings.name}`,
    AWS_LAMBDA_LOG_STREAM_NAME: 'local',
    LAMBDA_TASK_ROOT: dirname(settings.entryFile),
    LANG: 'en_US.UTF-8',
    TZ: 'UTC',
    NODE_OPTIONS: '--enable-source-maps',
    ...settings.environment,
  };
}
