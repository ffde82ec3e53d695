#!/bin/sh
# Install the proxy of a class server into build/node, which git ignores: exact versions with hashes, from deploy/proxy.
set -eu
cd "$(dirname "$0")/.."
mkdir -p build/node
if cmp -s deploy/proxy/package-lock.json build/node/package-lock.json && [ -d build/node/node_modules ]; then
    exit 0
fi
cp deploy/proxy/package.json deploy/proxy/package-lock.json build/node/
cd build/node
npm ci --no-audit --no-fund --loglevel=error
