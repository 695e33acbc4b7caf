// The page /docs: the contract, with forms that send requests. Everything comes from this server.
declare const SwaggerUIBundle: (options: object) => unknown;

SwaggerUIBundle({
  url: '/openapi.json',
  domNode: document.querySelector('#docs'),
  deepLinking: true,
  validatorUrl: null,
  defaultModelsExpandDepth: 0,
  tryItOutEnabled: true,
});

export {};
