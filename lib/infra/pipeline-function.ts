import { type CfnResource, Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import {
  ApplicationLogLevel,
  Architecture,
  type Code,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
  SystemLogLevel,
  Tracing,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { PipelineOptions } from './options.ts';

export interface PipelineFunctionProps {
  /** The function's folder in `functions/`. */
  readonly name: string;
  readonly pipeline: string;
  /** What it does, as a sentence. */
  readonly description: string;
  readonly code: Code;
  readonly settings: { readonly timeoutSeconds: number; readonly memoryMegabytes: number };
  readonly environment: Readonly<Record<string, string>>;
  /** All that it may do, beside logging. */
  readonly permissions: readonly PolicyStatement[];
  readonly options: PipelineOptions;
  /** For its environment variables and log group. */
  readonly key: IKey | undefined;
  readonly reservedConcurrency?: number | undefined;
  /** Why it needs no dead-letter queue of its own, and no traces. */
  readonly reasons: { readonly noDeadLetterQueue: string; readonly noTracing: string };
}

/** One of a pipeline's functions, with its role and its log group. */
export class PipelineFunction extends Construct {
  readonly lambda: LambdaFunction;
  readonly logGroup: LogGroup;
  readonly role: Role;

  constructor(scope: Construct, id: string, props: PipelineFunctionProps) {
    super(scope, id);
    const { key, name, options, pipeline, reasons, reservedConcurrency, settings } = props;
    this.logGroup = new LogGroup(this, 'Logs', {
      retention: options.logRetentionDays,
      ...(key !== undefined && { encryptionKey: key }),
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      description: `Runs the function ${name} of the pipeline ${pipeline}`,
    });
    const log = new PolicyStatement({
      sid: 'Log',
      actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      resources: [this.logGroup.logGroupArn],
    });
    for (const statement of [...props.permissions, log]) this.role.addToPolicy(statement);
    const { logLevel, tracing } = options.function;
    this.lambda = new LambdaFunction(this, 'Function', {
      description: props.description,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      handler: 'handler.handler',
      code: props.code,
      memorySize: settings.memoryMegabytes,
      timeout: Duration.seconds(settings.timeoutSeconds),
      environment: { ...props.environment, NODE_OPTIONS: '--enable-source-maps' },
      ...(key !== undefined && { environmentEncryption: key }),
      role: this.role,
      logGroup: this.logGroup,
      loggingFormat: LoggingFormat.JSON,
      applicationLogLevelV2: ApplicationLogLevel[logLevel],
      systemLogLevelV2: SystemLogLevel.INFO,
      tracing: tracing ? Tracing.ACTIVE : Tracing.DISABLED,
      ...(reservedConcurrency !== undefined && { reservedConcurrentExecutions: reservedConcurrency }),
    });
    // CDK makes a function depend on its role twice over; cfn-lint has a warning for that.
    (this.lambda.node.defaultChild as CfnResource).addMetadata('cfn-lint', {
      config: { ignore_checks: ['W3005'] },
    });
    Validations.of(this.lambda).acknowledge(
      { id: 'Serverless-LambdaDLQ', reason: reasons.noDeadLetterQueue },
      { id: 'Serverless-LambdaTracing', reason: reasons.noTracing },
    );
    if (tracing) {
      Validations.of(this.role).acknowledge({
        id: 'AwsSolutions-IAM5[Resource::*]',
        reason: 'X-Ray knows no resources: its two actions can only be allowed on all.',
      });
    }
  }
}
