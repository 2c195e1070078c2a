// Loaded before the Voice SDK, which always speaks wss. The local exchange of a training system
// has no certificate, so its host, and its host alone, is reached by plain ws.
{
  const plainHost = document.currentScript.dataset.plainHost;
  const Plain = globalThis.WebSocket;
  if (plainHost) {
    globalThis.WebSocket = class extends Plain {
      constructor(address, protocols) {
        const wished = new URL(address);
        if (wished.host === plainHost) wished.protocol = "ws:";
        super(wished.href, protocols);
      }
    };
  }
}
