// One for the whole browser: holds the one stream that says what changed, and tells every tab.
// Browsers allow six connections to one address, so a stream for each tab would block the seventh.
importScripts("live_stream.js");

const tabs = new Set();
let stream = null;
let latest = { kind: "opening" };

function tell(news) {
  if (["hello", "cut", "signed-out"].includes(news.kind)) latest = news;
  for (const tab of tabs) tab.postMessage(news);
}

self.onconnect = ({ ports: [tab] }) => {
  tabs.add(tab);
  tab.onmessage = ({ data }) => {
    if (data.kind === "leave") tabs.delete(tab);
    if (data.kind === "join" && stream === null) {
      stream = openStream(data.liveUrl, data.stillHereUrl, tell);
    } else if (data.kind === "join") {
      if (latest.kind === "signed-out") stream.again();
      tab.postMessage(latest);
    }
  };
};
