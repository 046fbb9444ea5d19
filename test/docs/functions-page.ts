import type { Template } from 'aws-cdk-lib/assertions';

interface Statement {
  readonly Sid: string;
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
}

interface BundleLimit {
  readonly loadedKB: number;
  readonly allKB: number;
}

/** The functions in the order of the page: how the template's ids of each begin, and what is to be said of it. */
const FUNCTIONS = {
  aggregate: {
    id: 'AggregateFunction',
    about: `Counts the stream's events. The clients for what is rare (a rejected event, the stream's identity) are files of
their own.

Its concurrency needs no cap: the event source mapping starts one invocation a shard at a time, and nobody else may
invoke it. \`function.reservedConcurrency\` keeps room for it in accounts where others run wild. What it may do is also for
the mapping, which reads the stream in its name.`,
  },
  close: {
    id: 'ClosingClose',
    about: `Closes windows; its schedule calls it every minute, and nobody else may. Two runs at once do no harm, and a run that
failed is not tried again: the next one does its work. The client of the event bus is a file of its own, loaded where
there is something to announce; with \`close.eventBus\`, it may also \`events:PutEvents\` on that bus.`,
  },
  scale: {
    id: 'ScalingScale',
    about: `Splits and merges shards by their load, where that is asked for; see [scaling.md](scaling.md). Of the table, it may
read and write what it remembers of the stream, and nothing else (a condition on the item's key).`,
  },
  ingest: {
    id: 'IngestApiIngest',
    about: 'Takes events over HTTP, where that is asked for; see [ingest-api.md](ingest-api.md).',
  },
  query: {
    id: 'QueryApi',
    about: 'Answers over HTTP, where that is asked for; see [query-api.md](query-api.md).',
  },
} as const;

export type DocumentedFunction = keyof typeof FUNCTIONS;

/** docs/functions.md: each function's settings, what it may do, and how large its bundle may be. */
export function functionsPage(
  template: Template,
  limits: Readonly<Record<DocumentedFunction, BundleLimit>>,
): string {
  const names = Object.keys(FUNCTIONS) as DocumentedFunction[];
  return `<!-- Made from the template of pipelines/flights.ts by \`npm run docs\`. Do not edit. -->

# Functions

What every cold start loads of a bundle is bounded, and all of it, both without source maps; tests hold the numbers. The
lists of what functions may do are complete, and pinned by tests.

${names.map((name) => functionSection(name, template, limits[name])).join('\n')}
With a customer-managed key (\`key\`, \`stream.keyArn\`, \`table.keyArn\`), \`aggregate\`, \`close\` and \`scale\` may also \`kms:Decrypt\`,
\`kms:DescribeKey\`, \`kms:Encrypt\` and \`kms:GenerateDataKey\` on those keys, and the others what they need of these; with
tracing, all may \`xray:PutTraceSegments\` and \`xray:PutTelemetryRecords\` on all resources, since X-Ray has none.
`;
}

function functionSection(
  name: DocumentedFunction,
  template: Template,
  { allKB, loadedKB }: BundleLimit,
): string {
  const { about, id } = FUNCTIONS[name];
  const functions = Object.entries(template.findResources('AWS::Lambda::Function')) as [
    string,
    { Properties: FunctionProperties },
  ][];
  const fn = functions.find(([logicalId]) => logicalId.startsWith(id))?.[1].Properties;
  if (fn === undefined) throw new Error(`the template has no function ${name}`);
  const { Architectures, MemorySize, Runtime, Timeout } = fn;
  const role = fn.Role['Fn::GetAtt'][0];
  const policies = Object.values(template.findResources('AWS::IAM::Policy')) as {
    Properties: PolicyProperties;
  }[];
  const statements = policies
    .filter(({ Properties }) => Properties.Roles.some(({ Ref }) => Ref === role))
    .flatMap(({ Properties }) => Properties.PolicyDocument.Statement);
  return `## ${name}

${about}

${Runtime}, ${Architectures.join(', ')}, ${MemorySize} MB, at most ${Timeout} s an invocation. Bundle: at most ${loadedKB} KB loaded, ${allKB} KB in all.

| it may | actions | on |
|---|---|---|
${statements.map((one) => `| ${one.Sid} | ${actions(one)} | ${resources(one.Resource)} |`).join('\n')}
`;
}

interface PolicyProperties {
  readonly PolicyDocument: { readonly Statement: readonly Statement[] };
  readonly Roles: readonly { readonly Ref: string }[];
}

interface FunctionProperties {
  readonly Architectures: readonly string[];
  readonly MemorySize: number;
  readonly Role: { readonly 'Fn::GetAtt': readonly [string, string] };
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
