import { Stack, Validations } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Construct } from 'constructs';
import type { PipelineOptions } from './options.ts';

/** The topic that alarms tell: the user's, or one of the stack's own with the addresses that were given. */
export function alarmTopic(scope: Construct, { alarms }: PipelineOptions, key: IKey | undefined): ITopic {
  if (alarms.topicArn !== undefined) return Topic.fromTopicArn(scope, 'AlarmTopic', alarms.topicArn);
  const topic = new Topic(scope, 'AlarmTopic', {
    enforceSSL: true,
    ...(key !== undefined && { masterKey: key }),
  });
  // A policy of its own takes away what the default one allows: without this, no alarm would ever be heard of.
  const { account } = Stack.of(scope);
  topic.addToResourcePolicy(
    new PolicyStatement({
      sid: 'Alarms',
      principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
      actions: ['sns:Publish'],
      resources: [topic.topicArn],
      conditions: { StringEquals: { 'aws:SourceAccount': account } },
    }),
  );
  for (const email of alarms.emails) {
    Validations.of(topic.addSubscription(new EmailSubscription(email))).acknowledge({
      id: 'Serverless-SNSRedrivePolicy',
      reason:
        'A queue of mails about alarms that were not delivered would be read by nobody; the dashboard has their state.',
    });
  }
  return topic;
}
