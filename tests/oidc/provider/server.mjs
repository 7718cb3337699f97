// A certified OpenID provider on loopback, and a double of the service that accepts its access tokens.
// Settings come as JSON in SETTINGS; the port is printed when it listens.
import http from 'node:http';
import https from 'node:https';
import { Provider } from 'oidc-provider';

const settings = JSON.parse(process.env.SETTINGS);
const { key, cert, life = 300, rotates = true, slow = 0 } = settings;
const counts = { token: 0, refresh: 0, refused: 0 };

function start(port, answer) {
  const server = key ? https.createServer({ key, cert }, answer) : http.createServer(answer);
  return new Promise((resolve) => server.listen(port, '127.0.0.1', () => resolve(server)));
}

let answer = (request, response) => response.end();
const server = await start(0, (request, response) => answer(request, response));
const { port } = server.address();
const issuer = settings.issuer ?? `${key ? 'https' : 'http'}://127.0.0.1:${port}`;

const provider = new Provider(issuer, {
  clients: [
    { client_id: 'public', token_endpoint_auth_method: 'none', redirect_uris: [], response_types: [],
      grant_types: ['urn:ietf:params:oauth:grant-type:device_code', 'refresh_token'] },
    { client_id: 'machine', client_secret: 'the machine secret/+ &', token_endpoint_auth_method: 'client_secret_post',
      redirect_uris: [], response_types: [], grant_types: ['client_credentials'] },
    { client_id: 'basic', client_secret: 'the basic secret/+ &', redirect_uris: [], response_types: [],
      grant_types: ['client_credentials'] },
  ],
  ...(settings.methods ? { clientAuthMethods: settings.methods } : {}),
  features: {
    deviceFlow: { enabled: true },
    clientCredentials: { enabled: true },
    revocation: { enabled: true },
    devInteractions: { enabled: false },
  },
  scopes: ['openid', 'offline_access', 'qcaas'],
  rotateRefreshToken: rotates,
  issueRefreshToken: () => true,
  ttl: { AccessToken: life, ClientCredentials: life, DeviceCode: settings.code ?? 600, RefreshToken: 3600, Grant: 3600, IdToken: 300 },
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, email: id }) }),
  jwks: undefined,
});
provider.proxy = true;
provider.use(async (context, next) => {
  await next();
  if (context.oidc?.route === 'device_authorization' && context.body?.device_code) context.body.interval = settings.interval ?? 0.1;
});
const oidc = provider.callback();

async function entered(url) {
  const code = await provider.DeviceCode.findByUserCode(url.searchParams.get('code').replace(/[^A-Z0-9]/gi, ''), { ignoreExpiration: true });
  if (url.pathname === '/deny') {
    Object.assign(code, { error: 'access_denied', errorDescription: 'the user said no' });
  } else {
    const accountId = url.searchParams.get('user');
    const grant = new provider.Grant({ accountId, clientId: code.clientId });
    grant.addOIDCScope(code.params.scope);
    Object.assign(code, { accountId, grantId: await grant.save(), scope: code.params.scope, authTime: Math.floor(Date.now() / 1000) });
  }
  await code.save();
}

async function known(request) {
  const token = (request.headers.authorization ?? '').replace('Bearer ', '');
  return (await provider.AccessToken.find(token)) ?? (await provider.ClientCredentials.find(token));
}

function said(response, status, value) {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(value));
}

answer = async (request, response) => {
  const url = new URL(request.url, issuer);
  try {
    if (url.pathname === '/counts') return said(response, 200, counts);
    if (url.pathname === '/approve' || url.pathname === '/deny') {
      await entered(url);
      return said(response, 200, {});
    }
    if (url.pathname === '/admin/version') return said(response, 200, { version: '3.0' });
    if (url.pathname.startsWith('/admin/')) {
      if (await known(request)) {
        return said(response, 200, { items: [{ id: 'qpu', name: 'A QPU', url: settings.service ?? issuer, active: true, feature_set: '{}' }], total: 1 });
      }
      counts.refused += 1;
      return said(response, 401, { detail: 'the access token has expired' });
    }
    if (url.pathname === '/token') {
      counts.token += 1;
      if (slow) await new Promise((resolve) => setTimeout(resolve, slow));
    }
    return oidc(request, response);
  } catch (error) {
    return said(response, 500, { detail: String(error) });
  }
};
provider.on('refresh_token.consumed', () => { counts.refresh += 1; });
console.log(`port ${port}`);
process.stdin.on('end', () => process.exit(0));
process.stdin.resume();
