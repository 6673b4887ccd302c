raise ValueError("snowman ☃ 漢字 \ud800")
