// Pages opened from a disk may start no worker: there the search runs in a hidden frame instead.
if (location.protocol === "file:") {
  window.IFrameWorker = class extends EventTarget {
    constructor(url) {
      super()
      const frame = document.createElement("iframe")
      frame.hidden = true
      document.body.appendChild(frame)
      this.inner = frame.contentWindow
      this.ready = new Promise((resolve, reject) => {
        const page = this.inner.document
        this.inner.postMessage = data => this.dispatchEvent(new MessageEvent("message", { data }))
        this.inner.importScripts = (...urls) =>
          urls.reduce((before, next) => before.then(() => load(page, next)), Promise.resolve())
        load(page, url).then(resolve, reject)
      })
    }

    postMessage(data) {
      this.ready.then(() => this.inner.dispatchEvent(new MessageEvent("message", { data })))
    }

    terminate() {
      this.inner.frameElement.remove()
    }
  }
  window.Worker = window.IFrameWorker

  const load = (page, url) =>
    new Promise((resolve, reject) => {
      const script = page.createElement("script")
      script.src = new URL(url, location.href).href
      script.onload = resolve
      script.onerror = reject
      page.body.appendChild(script)
    })
}
