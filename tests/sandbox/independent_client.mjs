// A publisher's service made of two libraries of another ecosystem, openid-client and fhir-kit-client: it pairs, writes,
// searches, reads, renews and revokes. Argument: the address of the sandbox. Prints what it saw as JSON.
import * as client from 'openid-client';
import { Client } from 'fhir-kit-client';

const [address] = process.argv.slice(2);
const target = await (await fetch(`${address}/_sandbox/target`)).json();
const { client_id: id, client_secret: secret, redirect_uri } = target.client;
const insecure = { execute: [client.allowInsecureRequests] }; // loopback, without TLS
const config = await client.discovery(new URL(address), id, secret, undefined, insecure);

const verifier = client.randomPKCECodeVerifier();
const [state, nonce] = [client.randomState(), client.randomNonce()];
const demand = client.buildAuthorizationUrl(config, {
  redirect_uri, scope: 'openid mesures.lecture mesures.ecriture', state, nonce,
  code_challenge: await client.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256',
});
const page = await (await fetch(demand)).text();
const person = target.users[2];
const form = {
  request: page.match(/name="request" value="([^"]+)"/)[1], login: person.login, password: person.password,
  otp: person.otp, consent_read: 'accept', consent_write: 'accept', decision: 'accept',
};
const answer = await fetch(`${address}/authorize`, { method: 'POST', body: new URLSearchParams(form), redirect: 'manual' });
const tokens = await client.authorizationCodeGrant(config, new URL(answer.headers.get('location')), {
  pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true,
});
const claims = tokens.claims();

const connected = ({ access_token, id_token }) =>
  new Client({ baseUrl: target.fhir_url, bearerToken: access_token, customHeaders: { 'X-Id-Token': id_token } });
let fhir = connected(tokens);
const statement = await fhir.capabilityStatement();
const subject = { system: `urn:oid:${claims.assignAuth.replace('urn:oid:', '')}`, value: claims.idPe };
const observation = {
  resourceType: 'Observation',
  meta: { profile: ['https://fhir.monespacesante.fr/ref/mesure/StructureDefinition/mes-observation-bodyweight'] },
  status: 'final',
  category: [{ coding: [{ system: 'http://terminology.hl7.org/CodeSystem/observation-category', code: 'vital-signs' }] }],
  code: { coding: [{ system: 'http://loinc.org', code: '29463-7' }] },
  subject: { identifier: subject },
  effectiveDateTime: '2026-09-22T08:30:00+02:00',
  valueQuantity: { value: 71.5, unit: 'kg', system: 'http://unitsofmeasure.org', code: 'kg' },
};
const written = await fhir.transaction({
  body: {
    resourceType: 'Bundle', type: 'transaction',
    entry: [{ fullUrl: `urn:uuid:${crypto.randomUUID()}`, resource: observation, request: { method: 'POST', url: 'Observation' } }],
  },
});
const searchParams = {
  'subject.identifier': `${subject.system}|${subject.value}`, code: '29463-7', _sort: '-date', _count: 1,
};
const found = await fhir.search({ resourceType: 'Observation', searchParams });
const [resourceType, resourceId] = written.entry[0].response.location.split('/');
const read = await fhir.read({ resourceType, id: resourceId });

const renewed = await client.refreshTokenGrant(config, tokens.refresh_token);
fhir = connected({ ...tokens, ...renewed });
const again = await fhir.search({ resourceType: 'Observation', searchParams });
await client.tokenRevocation(config, renewed.refresh_token);
const refused = await fhir.search({ resourceType: 'Observation', searchParams }).catch((error) => error.response.status);

console.log(JSON.stringify({
  fhirVersion: statement.fhirVersion, scope: tokens.scope, written: written.entry[0].response.status,
  found: found.total, read: read.valueQuantity.value, again: again.total, refused,
}));
