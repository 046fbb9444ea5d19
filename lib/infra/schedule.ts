import { Duration, Validations } from 'aws-cdk-lib';
import { Rule, RuleTargetInput, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction as LambdaTarget } from 'aws-cdk-lib/aws-events-targets';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';

export interface ScheduleProps {
  readonly everyMinutes: number;
  /** As the function's own. */
  readonly description: string;
  /** The alarm that tells of many runs that failed. */
  readonly alarm: string;
}

/** Calls a function again and again; a run that was not made or failed is not made up for: the next one does its work. */
export function callEvery(scope: Construct, lambda: LambdaFunction, props: ScheduleProps): Rule {
  const { alarm, description, everyMinutes } = props;
  const every = Duration.minutes(everyMinutes);
  const rule = new Rule(scope, 'Schedule', { description, schedule: Schedule.rate(every) });
  lambda.configureAsyncInvoke({ retryAttempts: 0, maxEventAge: every });
  Validations.of(lambda).acknowledge({
    id: 'Serverless-LambdaAsyncFailureDestination',
    reason: `What a failed run has not done, the next one does; the alarm ${alarm} tells of many.`,
  });
  rule.addTarget(
    new LambdaTarget(lambda, {
      event: RuleTargetInput.fromObject({}),
      retryAttempts: 0,
      maxEventAge: every,
    }),
  );
  Validations.of(rule).acknowledge({
    id: 'Serverless-EventBusDLQ',
    reason:
      'A call that was not made is of no further use: the next one, a minute later, does all of its work.',
  });
  return rule;
}
