import type { Template } from 'aws-cdk-lib/assertions';

interface Statement {
  readonly Sid: string;
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
}

/** docs/functions.md: each function's settings, what it may do, and how large its bundle may be. */
export function functionsPage(
  template: Template,
  bundle: { readonly loadedKB: number; readonly allKB: number },
): string {
  const [fn] = Object.values(template.findResources('AWS::Lambda::Function')) as {
    Properties: FunctionProperties;
  }[];
  const [policy] = Object.values(template.findResources('AWS::IAM::Policy')) as {
    Properties: { PolicyDocument: { Statement: readonly Statement[] } };
  }[];
  if (fn === undefined || policy === undefined) throw new Error('the template has no function, or no policy');
  const { Architectures, MemorySize, Runtime, Timeout } = fn.Properties;
  const statements = policy.Properties.PolicyDocument.Statement;
  return `<!-- Made from the template of pipelines/flights.ts by \`npm run docs\`. Do not edit. -->

# Functions

## aggregate

${Runtime}, ${Architectures.join(', ')}, ${MemorySize} MB (one processor), at most ${Timeout} s an invocation. Its bundle has at most ${bundle.loadedKB} KB that every
cold start loads, and ${bundle.allKB} KB in all, without source maps: the clients for what is rare (a rejected event, the stream's
identity) are files of their own. A test holds both numbers.

Its concurrency needs no cap: the event source mapping starts one invocation a shard at a time, and nobody else may
invoke it. \`function.reservedConcurrency\` keeps room for it in accounts where others run wild.

### What it may do

All of it, for the function and for the mapping that reads the stream in its name. A test pins the list.

| | actions | on |
|---|---|---|
${statements.map((one) => `| ${one.Sid} | ${actions(one)} | ${resources(one.Resource)} |`).join('\n')}

With a customer-managed key (\`key\`, \`stream.keyArn\`, \`table.keyArn\`), also \`kms:Decrypt\`, \`kms:DescribeKey\`, \`kms:Encrypt\`
and \`kms:GenerateDataKey\` on those keys; with tracing, \`xray:PutTraceSegments\` and \`xray:PutTelemetryRecords\` on all
resources, since X-Ray has none.
`;
}

interface FunctionProperties {
  readonly Architectures: readonly string[];
  readonly MemorySize: number;
  readonly Runtime: string;
  readonly Timeout: number;
}

function actions({ Action }: Statement): string {
  return [Action]
    .flat()
    .map((action) => `\`${action}\``)
    .join(', ');
}

/** A resource as the template names it, without the hash. */
function resources(value: unknown): string {
  if (Array.isArray(value)) return value.map(resources).join(', ');
  if (typeof value === 'string') return `\`${value}\``;
  const { 'Fn::GetAtt': attribute, 'Fn::Join': join } = value as {
    'Fn::GetAtt'?: [string];
    'Fn::Join'?: [string, unknown[]];
  };
  if (join !== undefined) {
    const parts = join[1].map((part) =>
      typeof part === 'string' ? part : resources(part).replaceAll('`', ''),
    );
    return `\`${parts.join(join[0])}\``;
  }
  return `\`${String(attribute?.[0]).replace(/[0-9A-F]{8}$/, '')}\``;
}
