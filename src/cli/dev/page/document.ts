import { CONFIG_ELEMENT, type PageConfig } from './config.js'

/** The document of the host, around its configuration. */
export function documentOf(config: PageConfig): string {
  // In a script element nothing but `<` could end it, or begin a comment.
  const text = JSON.stringify(config).replaceAll('<', '\\u003c')
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>twodoor dev</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/styles.css">
<script type="module" src="/cli/dev/page/host-page.js"></script>
</head>
<body><script type="application/json" id="${CONFIG_ELEMENT}">${text}</script></body>
</html>
`
}
