/** What is on the page. The frame gets its app, and each list its entries, by the modules beside this one. */
export const markup = `
<header class="top">
  <h1>twodoor dev</h1>
  <a data-part="app-url"></a>
</header>
<section class="identity" data-part="identity" data-same="none" aria-label="Whom the last tokens are of" aria-live="polite">
  <div class="seen browser"><b>Browser</b> <code data-part="browser-key">no token yet</code></div>
  <div class="verdict" data-part="verdict">waiting for both doors</div>
  <div class="seen host"><b data-part="host-name">Teams</b> <code data-part="host-key">no token yet</code></div>
</section>
<main class="doors">
  <article class="card browser">
    <h2>Browser <small>real: your app at the top of a window</small></h2>
    <div class="place" data-part="place">
      <a class="button" data-part="open">Open the browser door</a>
      <p><small>A window of its own, over this place: no frame is ever at the top. Or open the address in any tab.</small></p>
      <p class="status" data-part="status" role="status"></p>
    </div>
  </article>
  <article class="card host">
    <h2>
      <label>Host <select data-part="host"></select></label>
      <label>Theme <select data-part="theme"></select></label>
      <label>User <select data-part="user"></select></label>
      <label>Answers <select data-part="answers"></select></label>
      <button type="button" data-part="reload">Reload</button>
    </h2>
    <div class="screen" data-part="screen">
      <p class="loading" data-part="loading" role="status">The app has not said that it has loaded.</p>
      <iframe data-part="frame" name="embedded-page-container" title="Your app as a tab" allow="clipboard-read; clipboard-write; camera; microphone; geolocation"></iframe>
    </div>
  </article>
</main>
<footer class="bottom">
  <section class="card" aria-labelledby="controls-title">
    <h2 id="controls-title">Make trouble</h2>
    <div class="controls" data-part="controls"></div>
  </section>
  <section class="card" aria-labelledby="wire-title">
    <h2 id="wire-title">The wire <small>messages of the host, requests to Entra ID</small></h2>
    <ol class="wire" data-part="wire" role="log" aria-labelledby="wire-title" tabindex="0"></ol>
  </section>
  <section class="card" aria-labelledby="tokens-title">
    <h2 id="tokens-title">The last tokens <small>their claims; no token comes here</small></h2>
    <div class="tokens">
      <div data-part="browser-token" tabindex="0" role="group" aria-label="The last token of the browser"></div>
      <div data-part="host-token" tabindex="0" role="group" aria-label="The last token of the host"></div>
    </div>
  </section>
</footer>
<dialog data-part="question" aria-labelledby="question-title">
  <form method="dialog">
    <h2 id="question-title" data-part="question-title"></h2>
    <p data-part="question-text"></p>
    <div class="buttons"><button value="no">Cancel</button><button value="yes" class="primary" data-part="question-yes"></button></div>
  </form>
</dialog>`
