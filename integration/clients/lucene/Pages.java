// SPDX-License-Identifier: MIT

import java.nio.file.Paths;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.StringField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.search.TopDocs;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.FSDirectory;

/**
 * Pages make|read DIRECTORY: makes an index of 1000 documents, in the kind of directory that Lucene
 * itself chooses, or searches it and prints the result.
 */
class Pages {
	public static void main(String[] args) throws Exception {
		try (Directory directory = FSDirectory.open(Paths.get(args[1]))) {
			if (args[0].equals("make"))
				make(directory);
			else
				read(directory);
		}
	}

	private static void make(Directory directory) throws Exception {
		try (IndexWriter writer = new IndexWriter(directory, new IndexWriterConfig())) {
			for (int n = 0; n < 1000; n++) {
				Document document = new Document();
				document.add(new StringField("page", "page " + n % 7, Field.Store.NO));
				document.add(new StringField("number", "" + n, Field.Store.YES));
				writer.addDocument(document);
			}
		}
	}

	private static void read(Directory directory) throws Exception {
		try (DirectoryReader reader = DirectoryReader.open(directory)) {
			IndexSearcher searcher = new IndexSearcher(reader);
			TopDocs found = searcher.search(new TermQuery(new Term("page", "page 3")), 1000);
			long sum = 0;
			for (ScoreDoc hit : found.scoreDocs)
				sum += Long.parseLong(reader.document(hit.doc).get("number"));
			System.out.println(reader.numDocs() + " documents; " + found.scoreDocs.length + " found; " + sum);
		}
	}
}
