from __future__ import annotations

import shutil

from .conftest import KEY, Folder


def test_models_says_which_can_be_asked(folder: Folder) -> None:
    folder.write(
        {
            "harness.toml": 'default_models = ["rules/baseline", "nonsense", "openai/gpt-x"]\n'
            '[models.mine]\nmodel = "m"\nbase_url = "http://127.0.0.1:9/v1"\ntemperature = 0\n'
            '[models.locked]\nmodel = "m"\nbase_url = "http://127.0.0.1:9/v1"\n'
            'api_key_env = "MY_KEY"\n'
        }
    )
    shown, listed = folder.run_all([["models"], ["models", "--json"]])
    assert shown.code == listed.code == 0
    models = {row["model"]: row for row in listed.json}
    assert {name: row["usable"] for name, row in models.items()} == {
        "rules/baseline": True,
        "nonsense": False,
        "openai/gpt-x": False,
        "mine": True,
        "locked": False,
    }
    assert models["mine"]["parameters"]["temperature"] == 0
    assert "OPENAI_API_KEY" in models["openai/gpt-x"]["problem"]
    assert "MY_KEY" in shown.out
    assert "unknown model 'nonsense'" in " ".join(shown.out.split())
    with_key = folder.run("models", "--json", env={"MY_KEY": KEY})
    assert {row["model"]: row["usable"] for row in with_key.json}["locked"] is True


def test_prompts_says_what_they_are_and_what_they_give_away(folder: Folder) -> None:
    example = "Nothing was decided today, Bo Short said. Charlie news."
    folder.write(
        {
            "prompts/leaky.md": "---\ndescription: Has an example.\n---\n"
            "## user\nSee: Charlie news. Nothing was decided today, Bo Short said.\n"
            "{{ article.text }}",
            "prompts/README.md": "Notes.",
            "prompts/near.md": f"## user\n{example}\n{{{{ article.text }}}}",
        }
    )
    shown, listed = folder.run_all([["prompts"], ["prompts", "--json"]])
    assert shown.code == listed.code == 0
    prompts = {row["name"]: row for row in listed.json}
    assert list(prompts) == ["leaky", "near", "one", "split"]
    assert (prompts["split"]["passes"], prompts["split"]["requests_per_article"]) == ("by-type", 4)
    assert len(prompts["one"]["version"]) == 10
    assert prompts["one"]["rough_tokens"] > 0
    assert prompts["one"]["shared_with_articles"] == []
    (shared,) = prompts["leaky"]["shared_with_articles"]
    assert (shared["article_id"], shared["n_words"]) == ("charlie", 9)
    assert "warning: leaky shares 9 words in a row with article charlie" in shown.err
    assert prompts["near"]["shared_with_articles"] == []
    assert "Has an example." in shown.out


def test_prompts_wrong_one_exits_with_2(folder: Folder) -> None:
    folder.write({"prompts/bad.md": "## user\n{{ article.text }}\n\n{{ typo }}"})
    done = folder.run("prompts", "--json")
    assert (done.code, done.out) == (2, "")
    assert "prompts/bad.md:4: 'typo' is undefined" in done.err


def test_articles_says_which_are_labelled(folder: Folder) -> None:
    (folder.path / "gold" / "bravo.json").unlink()
    folder.write({"gold/stray.json": '{"article_id": "stray", "claims": {}}'})
    shown, listed = folder.run_all([["articles"], ["articles", "--json"]])
    assert shown.code == listed.code == 0
    articles = {row["id"]: row for row in listed.json}
    assert articles["alpha"]["gold"] == {"actors": 1, "quotes": 1, "dates": 1, "sanctions": 0}
    assert articles["alpha"]["published"] == "2031-03-05"
    assert articles["bravo"]["gold"] is None
    assert "not labelled" in shown.out
    assert "gold without an article: stray" in shown.err


def test_articles_shows_splits_and_warns_of_a_story_on_both_sides(folder: Folder) -> None:
    rows = "alpha,Alpha.txt,fire,dev\nbravo,Bravo.txt,fire,test\ncharlie,Charlie.txt,vote,\n"
    folder.write({"articles/manifest.csv": f"id,file,story,split\n{rows}"})
    shown, listed, checked = folder.run_all(
        [["articles"], ["articles", "--json"], ["gold", "check"]]
    )
    assert {row["id"]: row["split"] for row in listed.json} == {
        "alpha": "dev",
        "bravo": "test",
        "charlie": "test",
    }
    assert [line.split()[2:4] for line in shown.out.splitlines()[1:]] == [
        ["-", "dev"],
        ["-", "test"],
        ["-", "test"],
    ]
    # A warning, and no more: nothing is wrong with the gold.
    assert (shown.code, checked.code) == (0, 0)
    for done in (shown, checked):
        assert "warning: articles of story 'fire' are in the splits dev, test" in done.err
        assert "'vote'" not in done.err


def test_articles_before_anybody_has_labelled(folder: Folder) -> None:
    shutil.rmtree(folder.path / "gold")
    done = folder.run("articles", "--json")
    assert done.code == 0
    assert [row["gold"] for row in done.json] == [None, None, None]
    assert "gold: there is no gold file yet" in done.err


def test_names_from_outside_cannot_move_the_cursor(empty: Folder) -> None:
    empty.write({"a.jsonl": '{"id": "a\\u001b[2J[red]b", "text": "T", "source": "\\u202eevil"}\n'})
    done = empty.run("articles", "--articles", "a.jsonl")
    assert done.code == 0
    assert "a\ufffd[2J[red]b" in done.out
    assert "\u202e" not in done.out
