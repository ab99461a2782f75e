"""The seed's design in aiohttp's own way: a middleware that splits the header and awaits a user loader."""

import sys

from aiohttp import web

TOKENS = ["token1", "token2"]


async def load_user(token):
    return {"uuid": token} if token in TOKENS else None


def refusal(status, text):
    return web.json_response({"text": text, "status": "error"}, status=status)


@web.middleware
async def token_auth(request, handler):
    try:
        scheme, token = request.headers["Authorization"].strip().split(" ")
    except KeyError:
        return refusal(401, "Missing authorization header")
    except ValueError:
        return refusal(403, "Invalid authorization header")
    if scheme.lower() != "token":
        return refusal(403, "Invalid token scheme")
    user = await load_user(token)
    if not user:
        return refusal(403, "Token doesn't exist")
    request["user"] = user
    return await handler(request)


async def ping(request):
    return web.json_response({"text": "pong", "status": "success"})


async def read(request):
    await request.read()
    return web.json_response({"text": "pong", "status": "success"})


app = web.Application(client_max_size=1024**2, middlewares=[token_auth])
app.add_routes([web.get("/ping", ping), web.get("/items/{rest:.*}", ping), web.post("/read", read)])
web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), access_log=None, print=None)
