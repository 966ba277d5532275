"""``/v1`` and ``POST /api/token``: Spotify's Web API over the library, in its shapes; docs/reference/spotify-api.md.

One file a kind of thing; a view takes a request and what its path holds, asks a service of `reprise.web.library`, and
returns a dict. What a new file needs:

- `answering.endpoint(GET=show, PUT=change)` makes a view of functions ``(request, *, id) -> dict | Said``: method,
  token, rate, errors, ETag and Cache-Control are seen to. `answering.Said(body=..., status=201)` answers with another
  status; `answering.body_of(request)` reads a JSON body.
- `errors.SpotifyError(status, message)` is raised for what goes wrong; a `ParameterError` of a service is 400.
- `reading.ids_of(request, most)`, `reading.track_id(text)` and `reading.whole_number(request, name, default, low,
  high)` read what was asked, and refuse it.
- `paging.read_page(request)` and `paging.paging(request, items, total, page)` make paging objects.
- `addresses.Addresses(request)` knows our absolute addresses; `objects.track_objects(tracks, addresses)` and its
  neighbours make objects of rows, several in a bounded number of queries.
- `auth.user_of(request)` is for whom the request is, ``None`` for a client that belongs to nobody;
  `auth.require_user(request)` refuses that.
- a line in `urls.ROUTES`, one in ``tests/web/spotify_api/test_shapes.py`` and one in ``test_access.py``.
"""
