import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startKinesalite } from '#local/emulators/kinesalite.ts';
import { startKinesisLocal } from '#local/emulators/kinesis-local.ts';
import { openKinesis } from './kinesis-stream.ts';
import { streamContract } from './stream.ts';

streamContract('kinesalite', async () => openKinesis(await startKinesalite()));

streamContract('kinesis-local', async () => {
  const workFolder = await mkdtemp(join(tmpdir(), 'weir-conformance-'));
  const store = await openKinesis(await startKinesisLocal({ workFolder }));
  const close = async () => {
    await store.close();
    await rm(workFolder, { recursive: true });
  };
  return { ...store, close };
});
